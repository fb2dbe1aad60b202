#!/usr/bin/env python3
"""The time to a verdict: one experiment with word vectors, by warmstart and by a plain script for PyTorch and scikit-learn.

    pip install torch scikit-learn
    cargo build --release
    python3 benches/verdict.py --train stsa.binary.train --validation stsa.binary.dev --test stsa.binary.test \\
        --vectors glove.6B.50d.txt [--pairs 3]

Both train the same runs: an LSTM from random vectors (scratch), from fixed ones (frozen) and from initial ones (fine-tuned),
and TF-IDF with logistic regression; with 100, 500 and all labels; five seeds. Both have the same batches, epochs, patience,
rate and clipping, keep the parameters with the lowest validation loss, and test them. Each is a program of its own, timed as a
whole: from the start of the process, reading included, to the accuracies. Each line of the data has the label and then the
text. The accuracies of both are printed, so that one sees that they did the same work; the draws of labels differ.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

BUDGETS, SEEDS, HIDDEN = (100, 500, "all"), 5, 128
# labels up to: batch size, epochs, patience
SETTINGS = ((200, 16, 60, 8), (1_000, 32, 40, 8), (10_000, 64, 20, 2), (1 << 40, 64, 6, 2))
METHODS = {"scratch": "Scratch", "frozen": "Frozen", "fine-tuned": "FineTuned", "tf-idf": "TfIdf"}
RECIPE = """(
    title: "time to a verdict",
    transfer: Text(
        source: Vectors(file: "{vectors}", limit: 40000),
        task: Files(train: "{train}", validation: "{validation}", test: "{test}"),
        head: Lstm(hidden: 128),
    ),
    methods: [Scratch, Frozen, FineTuned, TfIdf],
    labels: [100, 500, "all"],
    seeds: 5,
)"""


def plain(arguments):
    """The experiment in PyTorch and scikit-learn. Returns the mean test accuracies by method and budget."""
    import gzip
    import random
    import re

    import numpy
    import torch
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegressionCV
    from torch import nn

    torch.set_num_threads(arguments.threads)

    def read(path):
        lines = [line.rstrip("\n").split(" ", 1) for line in open(path, encoding="utf-8")]
        return [text for _, text in lines], [int(label) for label, _ in lines]

    def tokens(text):
        return re.findall(r"\w+|[^\w\s]", text.lower())

    opened = gzip.open if arguments.vectors.endswith(".gz") else open
    words, rows = {}, []
    with opened(arguments.vectors, "rt", encoding="utf-8") as file:
        for line in file:
            word, *values = line.split(" ")
            words[word] = len(rows) + 2
            rows.append(numpy.array(values, dtype=numpy.float32))
            if len(rows) == 40_000:
                break
    rows = numpy.stack(rows)
    # Row 0 pads, row 1 is the unknown word.
    known = numpy.concatenate([numpy.zeros((2, rows.shape[1]), numpy.float32), rows])
    (train, labels), (held, held_labels), (test, truth) = map(read, (arguments.train, arguments.validation, arguments.test))
    texts = {name: [[words.get(token, 1) for token in tokens(text)] or [1] for text in part]
             for name, part in (("train", train), ("held", held), ("test", test))}
    labels, held_labels, truth = map(torch.tensor, (labels, held_labels, truth))

    class Classifier(nn.Module):
        def __init__(self, vectors, fixed):
            super().__init__()
            self.table = nn.Embedding.from_pretrained(vectors, freeze=fixed, padding_idx=0)
            self.layer = nn.LSTM(vectors.shape[1], HIDDEN, batch_first=True)
            self.classes = nn.Linear(HIDDEN, 2)

        def forward(self, ids):
            states, _ = self.layer(self.table(ids))
            states = states.masked_fill((ids == 0).unsqueeze(-1), -torch.inf)
            return self.classes(states.max(dim=1).values)

    def batch(texts):
        width = max(map(len, texts))
        return torch.tensor([text + [0] * (width - len(text)) for text in texts])

    def evaluate(model, texts, labels):
        model.eval()
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        loss, right = 0.0, 0
        with torch.no_grad():
            for start in range(0, len(order), 256):
                chosen = order[start:start + 256]
                logits = model(batch([texts[i] for i in chosen]))
                loss += nn.functional.cross_entropy(logits, labels[chosen], reduction="sum").item()
                right += (logits.argmax(1) == labels[chosen]).sum().item()
        return loss / len(order), right / len(order)

    def descend(model, chosen, held_texts, held_labels, settings):
        _, size, epochs, patience = settings
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-3)
        best, kept, waited = float("inf"), None, 0
        for _ in range(epochs):
            model.train()
            random.shuffle(chosen)
            for start in range(0, len(chosen), size):
                some = chosen[start:start + size]
                optimizer.zero_grad(set_to_none=True)
                nn.functional.cross_entropy(model(batch([texts["train"][i] for i in some])), labels[some]).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimizer.step()
            loss, _ = evaluate(model, held_texts, held_labels)
            if loss < best:
                best, waited = loss, 0
                kept = {name: value.clone() for name, value in model.state_dict().items()}
            else:
                waited += 1
                if waited >= patience:
                    break
        model.load_state_dict(kept)

    found = {}
    for budget in BUDGETS:
        for seed in range(SEEDS):
            random.seed(seed), torch.manual_seed(seed)
            drawn = list(range(len(train)))
            random.shuffle(drawn)
            if budget == "all":
                chosen, held_texts, validation = drawn, texts["held"], held_labels
            else:
                drawn = drawn[:budget]
                chosen, rest = drawn[budget // 5:], drawn[:budget // 5]
                held_texts, validation = [texts["train"][i] for i in rest], labels[rest]
            settings = next(known for known in SETTINGS if len(drawn) <= known[0])
            for method in ("scratch", "frozen", "fine-tuned"):
                vectors = torch.from_numpy(known)
                start = torch.randn_like(vectors) * vectors.std() if method == "scratch" else vectors.clone()
                model = Classifier(start, method == "frozen")
                descend(model, list(chosen), held_texts, validation, settings)
                found.setdefault((method, budget), []).append(evaluate(model, texts["test"], truth)[1])
            counts = TfidfVectorizer(sublinear_tf=True)
            features = counts.fit_transform(train[i] for i in drawn)
            probe = LogisticRegressionCV(Cs=11, cv=5, max_iter=1_000).fit(features, labels[drawn].numpy())
            right = (probe.predict(counts.transform(test)) == truth.numpy()).mean()
            found.setdefault(("tf-idf", budget), []).append(float(right))
    return {f"{method} {budget}": statistics.mean(values) for (method, budget), values in found.items()}


def timed(command):
    """Seconds, the largest memory in MB, and what the command printed."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    return time.perf_counter() - before, used.ru_maxrss / 1024, printed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/warmstart")
    for name in ("train", "validation", "test", "vectors"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return print(json.dumps(plain(arguments)))

    files = ("train", "validation", "test", "vectors")
    peer = [sys.executable, __file__, "--peer", "--threads", str(arguments.threads)]
    for name in files:
        peer += [f"--{name}", getattr(arguments, name)]
    own, other = [], []
    with tempfile.TemporaryDirectory() as folder:
        recipe = os.path.join(folder, "verdict.ron")
        with open(recipe, "w", encoding="utf-8") as file:
            file.write(RECIPE.format(**{name: getattr(arguments, name) for name in files}))
        for pair in range(arguments.pairs):
            session = os.path.join(folder, str(pair))
            run = [arguments.program, "run", recipe, "--session", session, "--json", "--threads", str(arguments.threads)]
            own.append(timed(run))
            other.append(timed(peer))
    ratios = [b[0] / a[0] for a, b in zip(own, other)]
    print("| | warmstart | PyTorch, scikit-learn |\n| --- | --- | --- |")
    for name, place, unit in (("seconds", 0, "s"), ("memory", 1, "MB")):
        a, b = (statistics.median(known[place] for known in side) for side in (own, other))
        print(f"| {name} | {a:,.1f} {unit} | {b:,.1f} {unit} |")
    rows = json.loads(own[-1][2])["comparison"]["rows"]
    there = json.loads(other[-1][2])
    for method, name in METHODS.items():
        for budget in BUDGETS:
            row = next(row for row in rows if row["method"] == name and str(row["budget"]) == str(budget))
            print(f"| {method}, {budget} labels | {100 * row['mean']:.1f} % | {100 * there[f'{method} {budget}']:.1f} % |")
    print(f"\n{statistics.median(ratios):.1f} times as fast ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
