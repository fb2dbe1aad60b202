#!/usr/bin/env python3
"""The accuracy of a sentence encoder that PyTorch fine-tunes on a few labels, beside that of warmstart on the same labels.

    pip install torch transformers
    cargo build --release
    python3 benches/finetune_encoder.py all-MiniLM-L6-v2 stsa.binary.train stsa.binary.test [--labels 500] [--seeds 5]

The files have a label, a space and a text on each line. Each seed draws as many labels of every class; a fifth of them is for
validation. The settings are those of `docs/results.md`: AdamW, weight decay 0.01, learning rate 0.00005 that rises for a tenth of the
steps and then falls to zero, batches of 16, gradients cut at 5, up to ten epochs, patience 4. The vector of a text is the mean of its
tokens' states, scaled to length one, and the classifier on it is linear. The parameters with the lowest validation loss are tested.
Both programs get the same texts for training and for validation; the order of batches and the initial classifier differ.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
import time

import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

EPOCHS, PATIENCE, BATCH, RATE, DECAY, WARM_UP, CUT = 10, 4, 16, 5e-5, 0.01, 0.1, 5.0


def read(path):
    """The texts and the labels of a file."""
    with open(path, encoding="utf-8") as lines:
        pairs = [line.rstrip("\n").split(" ", 1) for line in lines]
    return [text for _, text in pairs], [label for label, _ in pairs]


def drawn(labels, count, seed):
    """The places of a fifth of `count` labels for validation, and of the others; as many of every class."""
    stream, train, validation = random.Random(seed), [], []
    classes = sorted(set(labels))
    for name in classes:
        places = [place for place, label in enumerate(labels) if label == name]
        places = stream.sample(places, count // len(classes))
        held = len(places) // 5
        validation += places[:held]
        train += places[held:]
    return train, validation


RECIPE = """(
    title: "fine-tuned encoder",
    seed: {seed},
    transfer: Text(
        source: Encoder(folder: "{encoder}"),
        task: Files(train: "{folder}/train.txt", validation: "{folder}/validation.txt", test: "{test}"),
        head: Average,
    ),
    methods: [FineTuned],
    labels: ["all"],
    seeds: 1,
    training: (optimizer: AdamW(weight_decay: 0.01), schedule: Linear, warm_up: 0.1, max_grad_norm: 5.0),
    keep: None,
)"""


def warmstart(arguments, train, seed):
    """The accuracy of warmstart, and seconds of the whole command."""
    learned, held = drawn(train[1], arguments.labels, seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, places in (("train", learned), ("validation", held)):
            with open(os.path.join(folder, f"{name}.txt"), "w", encoding="utf-8") as file:
                file.writelines(f"{train[1][place]} {train[0][place]}\n" for place in places)
        recipe = os.path.join(folder, "recipe.ron")
        with open(recipe, "w", encoding="utf-8") as file:
            file.write(RECIPE.format(seed=seed + 1, encoder=arguments.encoder, folder=folder, test=arguments.test))
        command = [arguments.program, "run", recipe, "--session", os.path.join(folder, "session"), "--json",
                   "--threads", str(arguments.threads)]
        begun = time.perf_counter()
        report = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
        seconds = time.perf_counter() - begun
    row = next(row for row in report["comparison"]["rows"] if row["method"] == "FineTuned")
    return row["mean"], seconds


class Classifier(torch.nn.Module):
    def __init__(self, folder, classes):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False).float()
        self.encoder.eval()  # no dropout, as in warmstart
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, classes)
        self.tokeniser = AutoTokenizer.from_pretrained(folder)

    def forward(self, texts):
        read = self.tokeniser(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        states = self.encoder(input_ids=read.input_ids, attention_mask=read.attention_mask).last_hidden_state
        mask = read.attention_mask.unsqueeze(-1).float()
        return self.head(functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1))


def tested(model, texts, truth):
    """The mean loss and the accuracy."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    loss, right = 0.0, 0
    with torch.no_grad():
        for first in range(0, len(order), 64):
            places = order[first : first + 64]
            logits, classes = model([texts[place] for place in places]), truth[places]
            loss += functional.cross_entropy(logits, classes, reduction="sum").item()
            right += (logits.argmax(1) == classes).sum().item()
    return loss / len(order), right / len(order)


def run(arguments, train, test, seed):
    """The accuracy on the test part, the epoch of the kept parameters, and seconds of training."""
    (texts, labels), (test_texts, test_labels) = train, test
    classes = sorted(set(labels))
    truth = lambda names: torch.tensor([classes.index(name) for name in names])
    learned, held = drawn(labels, arguments.labels, seed)
    torch.manual_seed(seed)
    model, stream, begun = Classifier(arguments.encoder, len(classes)), random.Random(seed), time.perf_counter()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(learned) // BATCH)
    factor = lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    best, waiting = (float("inf"), 0, None), 0
    for epoch in range(EPOCHS):
        stream.shuffle(learned)
        for first in range(0, len(learned), BATCH):
            places = learned[first : first + BATCH]
            logits = model([texts[place] for place in places])
            loss = functional.cross_entropy(logits, truth([labels[place] for place in places]))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CUT)
            optimizer.step()
            schedule.step()
        loss, _ = tested(model, [texts[place] for place in held], truth([labels[place] for place in held]))
        waiting += 1
        if loss < best[0]:
            best, waiting = (loss, epoch + 1, {name: value.clone() for name, value in model.state_dict().items()}), 0
        if waiting >= PATIENCE:
            break
    seconds = time.perf_counter() - begun
    model.load_state_dict(best[2])
    return tested(model, test_texts, truth(test_labels))[1], best[1], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("encoder", "train", "test"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--program", default="target/release/warmstart")
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    # Subnormal numbers are slow on some processors; warmstart sets vanishing gradients to zero too.
    torch.set_flush_denormal(True)
    train, test, found = read(arguments.train), read(arguments.test), ([], [])
    for seed in range(arguments.seeds):
        own, own_seconds = warmstart(arguments, train, seed)
        accuracy, epoch, seconds = run(arguments, train, test, seed)
        for list_, value in zip(found, (own, accuracy)):
            list_.append(100 * value)
        print(
            f"seed {seed + 1}: warmstart {found[0][-1]:.1f} % in {own_seconds:.0f} s as a whole, "
            f"PyTorch {found[1][-1]:.1f} %, epoch {epoch}, {seconds:.0f} s of training",
            flush=True,
        )
    differences = [a - b for a, b in zip(*found)]
    spread = lambda values: statistics.stdev(values) if len(values) > 1 else 0.0
    for name, values in (("warmstart", found[0]), ("PyTorch", found[1]), ("difference", differences)):
        print(f"{name}: {statistics.mean(values):+.1f} ± {spread(values):.1f} with {arguments.labels} labels, {len(values)} seeds")


if __name__ == "__main__":
    main()
