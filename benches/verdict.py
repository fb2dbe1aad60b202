#!/usr/bin/env python3
"""The time to a verdict: whole experiments, by warmstart and by plain scripts for PyTorch, gensim and scikit-learn.

    pip install torch scikit-learn gensim
    cargo build --release
    python3 benches/verdict.py sst --train stsa.binary.train --validation stsa.binary.dev --test stsa.binary.test \\
        --vectors glove.6B.50d.txt [--pairs 3]
    cargo bench --bench demo_files -- demo-files
    python3 benches/verdict.py demo --files demo-files
    python3 benches/verdict.py images --files demo-files

Both train the same runs. `sst` and `demo`: an LSTM from random vectors (scratch), from fixed ones (frozen) and from initial
ones (fine-tuned), and TF-IDF with logistic regression; five seeds; with 100, 500 and all labels on published vectors, with 100
and 500 on skip-gram vectors that are trained first. `images`: a small CNN is trained on letters; then its convolutions are
random, fixed or initial for handwritten digits, with 50 and 200 labels, beside logistic regression on pixels. Both have the
same batches, epochs, patience, rate and clipping, keep the parameters with the lowest validation loss, and test them. Each is a
program of its own, timed as a whole: from the start of the process, reading included, to the accuracies. The accuracies of both
are printed, so that one sees that they did the same work; the draws of labels differ.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

SEEDS = 5
# labels up to: batch size, epochs, patience
SETTINGS = ((200, 16, 60, 8), (1_000, 32, 40, 8), (10_000, 64, 20, 2), (1 << 40, 64, 6, 2))
TEXT_METHODS = {"scratch": "Scratch", "frozen": "Frozen", "fine-tuned": "FineTuned", "tf-idf": "TfIdf"}
IMAGE_METHODS = {"scratch": "Scratch", "frozen": "Frozen", "fine-tuned": "FineTuned", "pixels": "Pixels"}
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


def read(path):
    """The texts and the labels of a file with a label and a text on each line."""
    lines = [line.rstrip("\n").split(" ", 1) for line in open(path, encoding="utf-8")]
    return [text for _, text in lines], [int(label) for label, _ in lines]


def tokens(text):
    import re

    return re.findall(r"\w+|[^\w\s]", text.lower())


def settings_of(labels):
    return next(known for known in SETTINGS if labels <= known[0])[1:]


def descend(model, batches, held, settings, learning_rate=1e-3):
    """Trains until the loss of the validation examples, if there are any, has not fallen for some epochs."""
    import torch
    from torch import nn

    _, epochs, patience = settings
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], learning_rate)
    best, kept, waited = float("inf"), None, 0
    for _ in range(epochs):
        model.train()
        for inputs, labels in batches():
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(inputs), labels).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
        if held is None:
            continue
        loss = held()
        if loss < best:
            best, waited = loss, 0
            kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            waited += 1
            if waited >= patience:
                break
    if kept is not None:
        model.load_state_dict(kept)


def texts(words, known, train, validation, test, budgets, hidden, concatenated):
    """The runs on texts. `words` has the row of each word in `known`; row 0 pads, row 1 is the unknown word."""
    import random

    import torch
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegressionCV
    from torch import nn

    def numbered(texts):
        return [[words.get(token, 1) for token in tokens(text)] or [1] for text in texts]

    train_ids, test_ids = numbered(train[0]), numbered(test[0])
    labels, truth = torch.tensor(train[1]), torch.tensor(test[1])
    held = validation and (numbered(validation[0]), torch.tensor(validation[1]))

    class Classifier(nn.Module):
        def __init__(self, vectors, fixed):
            super().__init__()
            self.table = nn.Embedding.from_pretrained(vectors, freeze=fixed, padding_idx=0)
            self.layer = nn.LSTM(vectors.shape[1], hidden, batch_first=True)
            self.classes = nn.Linear(hidden * (3 if concatenated else 1), 2)

        def forward(self, ids):
            states, _ = self.layer(self.table(ids))
            padding = (ids == 0).unsqueeze(-1)
            largest = states.masked_fill(padding, -torch.inf).max(dim=1).values
            if not concatenated:
                return self.classes(largest)
            counts = (ids != 0).sum(1)
            means = states.masked_fill(padding, 0).sum(1) / counts.unsqueeze(-1)
            last = states[torch.arange(len(ids)), counts - 1]
            return self.classes(torch.cat([last, largest, means], dim=1))

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

    found = {}
    for budget in budgets:
        for seed in range(SEEDS):
            random.seed(seed), torch.manual_seed(seed)
            drawn = list(range(len(train_ids)))
            random.shuffle(drawn)
            if budget == "all" and held:
                chosen, (held_texts, held_labels) = drawn, held
            else:
                drawn = drawn if budget == "all" else drawn[:budget]
                chosen, rest = drawn[len(drawn) // 5:], drawn[:len(drawn) // 5]
                held_texts, held_labels = [train_ids[i] for i in rest], labels[rest]
            settings = settings_of(len(drawn))
            for method in ("scratch", "frozen", "fine-tuned"):
                vectors = torch.from_numpy(known)
                start = torch.randn_like(vectors) * 0.1 if method == "scratch" else vectors.clone()
                model, order = Classifier(start, method == "frozen"), list(chosen)

                def batches():
                    random.shuffle(order)
                    for start in range(0, len(order), settings[0]):
                        some = order[start:start + settings[0]]
                        yield batch([train_ids[i] for i in some]), labels[some]

                descend(model, batches, lambda: evaluate(model, held_texts, held_labels)[0], settings)
                found.setdefault((method, budget), []).append(evaluate(model, test_ids, truth)[1])
            counts = TfidfVectorizer(sublinear_tf=True)
            features = counts.fit_transform(train[0][i] for i in drawn)
            probe = LogisticRegressionCV(Cs=11, cv=5, max_iter=1_000).fit(features, labels[drawn].numpy())
            right = (probe.predict(counts.transform(test[0])) == truth.numpy()).mean()
            found.setdefault(("tf-idf", budget), []).append(float(right))
    return found


def sst(arguments):
    """Published vectors, and a part for validation."""
    import gzip

    import numpy

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
    known = numpy.concatenate([numpy.zeros((2, rows.shape[1]), numpy.float32), rows])
    parts = map(read, (arguments.train, arguments.validation, arguments.test))
    return texts(words, known, *parts, (100, 500, "all"), 128, False)


def demo(arguments):
    """Skip-gram vectors of reviews without labels, trained by gensim."""
    import numpy
    from gensim.models import Word2Vec

    file = lambda name: os.path.join(arguments.files, name)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as corpus:
        for line in open(file("unlabelled.txt"), encoding="utf-8"):
            corpus.write(" ".join(tokens(line)) + "\n")
        corpus.flush()
        model = Word2Vec(corpus_file=corpus.name, sg=1, vector_size=100, window=5, negative=5, epochs=10, sample=1e-3,
                         alpha=0.05, min_count=5, workers=arguments.threads)
    rows = model.wv.vectors
    known = numpy.concatenate([numpy.zeros((2, rows.shape[1]), numpy.float32), rows])
    words = {word: row + 2 for word, row in model.wv.key_to_index.items()}
    found = texts(words, known, read(file("train.txt")), None, read(file("test.txt")), (100, 500), 64, True)
    return found


def images(arguments):
    """A small CNN on letters, then on digits."""
    import numpy
    import torch
    from sklearn.linear_model import LogisticRegressionCV
    from torch import nn

    def load(name, side):
        rows = numpy.fromfile(os.path.join(arguments.files, name), numpy.uint8).reshape(-1, 1 + side * side)
        pixels = torch.from_numpy(rows[:, 1:].reshape(-1, 1, side, side).astype(numpy.float32) / 255)
        if side != 28:
            pixels = nn.functional.interpolate(pixels, size=(28, 28), mode="bilinear", align_corners=False)
        return pixels, torch.from_numpy(rows[:, 0].astype(numpy.int64))

    (letters, names), (digits, labels), (test, truth) = load("letters.bin", 28), load("digits.bin", 8), load("digits-test.bin", 8)
    mean, deviation = letters.mean(), letters.std()
    letters, digits, test = [(part - mean) / deviation for part in (letters, digits, test)]

    def network(classes):
        return nn.Sequential(
            nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            nn.Sequential(nn.Linear(3_136, 128), nn.ReLU(), nn.Linear(128, classes)))

    def batches(images, labels, size):
        def each():
            order = torch.randperm(len(images))
            for start in range(0, len(order), size):
                some = order[start:start + size]
                yield images[some], labels[some]
        return each

    torch.manual_seed(0)
    source = network(int(names.max()) + 1)
    descend(source, batches(letters, names, 64), None, (64, 4, 1))
    learned, found = source[0].state_dict(), {}
    for budget in (50, 200):
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            drawn = torch.cat([torch.nonzero(labels == digit).flatten()[torch.randperm(int((labels == digit).sum()))][:budget // 10]
                               for digit in range(10)])
            for method in ("scratch", "frozen", "fine-tuned"):
                model = network(10)
                if method != "scratch":
                    model[0].load_state_dict(learned)
                if method == "frozen":
                    model[0].requires_grad_(False)
                descend(model, batches(digits[drawn], labels[drawn], 16), None, (16, 45, 1))
                model.eval()
                with torch.no_grad():
                    right = (model(test).argmax(1) == truth).float().mean().item()
                found.setdefault((method, budget), []).append(right)
            flat = lambda part: part.flatten(1).numpy()
            probe = LogisticRegressionCV(Cs=11, cv=5, max_iter=1_000).fit(flat(digits[drawn]), labels[drawn].numpy())
            found.setdefault(("pixels", budget), []).append(float((probe.predict(flat(test)) == truth.numpy()).mean()))
    return found


def timed(command):
    """Seconds, the largest memory in MB, and what the command printed."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    return time.perf_counter() - before, used.ru_maxrss / 1024, printed


# name: the plain script, the options with its files, the recipe, the methods and the label budgets
EXPERIMENTS = {
    "sst": (sst, ("train", "validation", "test", "vectors"), None, TEXT_METHODS, (100, 500, "all")),
    "demo": (demo, ("files",), "demo", TEXT_METHODS, (100, 500)),
    "images": (images, ("files",), "demo-images", IMAGE_METHODS, (50, 200)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--program", default="target/release/warmstart")
    for name in ("train", "validation", "test", "vectors", "files"):
        parser.add_argument(f"--{name}", type=os.path.abspath)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    plain, files, recipe, methods, budgets = EXPERIMENTS[arguments.experiment]
    for name in files:
        if not getattr(arguments, name):
            parser.error(f"{arguments.experiment} needs --{name}")
    if arguments.peer:
        import torch

        torch.set_num_threads(arguments.threads)
        # Subnormal numbers are slow on some processors; warmstart sets vanishing gradients to zero too.
        torch.set_flush_denormal(True)
        found = plain(arguments)
        return print(json.dumps({f"{method} {budget}": statistics.mean(values) for (method, budget), values in found.items()}))

    peer = [sys.executable, __file__, arguments.experiment, "--peer", "--threads", str(arguments.threads)]
    for name in files:
        peer += [f"--{name}", getattr(arguments, name)]
    own, other = [], []
    with tempfile.TemporaryDirectory() as folder:
        if recipe is None:
            recipe = os.path.join(folder, "verdict.ron")
            with open(recipe, "w", encoding="utf-8") as file:
                file.write(RECIPE.format(**{name: getattr(arguments, name) for name in files}))
        for pair in range(arguments.pairs):
            session = os.path.join(folder, str(pair))
            run = [arguments.program, "run", recipe, "--session", session, "--json", "--threads", str(arguments.threads)]
            own.append(timed(run))
            other.append(timed(peer))
    ratios = [b[0] / a[0] for a, b in zip(own, other)]
    print("| | warmstart | plain script |\n| --- | --- | --- |")
    for name, place, unit in (("seconds", 0, "s"), ("memory", 1, "MB")):
        a, b = (statistics.median(known[place] for known in side) for side in (own, other))
        print(f"| {name} | {a:,.1f} {unit} | {b:,.1f} {unit} |")
    rows = json.loads(own[-1][2])["comparison"]["rows"]
    there = json.loads(other[-1][2])
    for method, name in methods.items():
        for budget in budgets:
            row = next((row for row in rows if row["method"] == name and str(row["budget"]) == str(budget)), None)
            if row:
                print(f"| {method}, {budget} labels | {100 * row['mean']:.1f} % | {100 * there[f'{method} {budget}']:.1f} % |")
    print(f"\n{statistics.median(ratios):.1f} times as fast ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
