#!/usr/bin/env python3
"""The speed of warmstart beside that of PyTorch and gensim: one run, in turns, on this machine.

    pip install torch torchvision transformers tokenizers gensim
    cargo build --release
    python3 benches/peers.py [--only NAME ...] [--pairs 3] [--seconds 3] [--corpus text.txt] [--documents documents.txt]
        [--images FOLDER] [--rows 1000000] [--avx2]
    python3 benches/peers.py --json benches/speeds.json --document docs/benchmarks.md

`--json FILE` keeps the figures, with the machine, the date and the versions; rows that the file has of the same machine and
registers are replaced. `--document FILE` writes one table for each machine of that file between the page's marks.

For every piece of work of `warmstart bench` it prints the medians of both and the ratio within the pairs. PyTorch gets
what makes it fastest on a processor: large blocks kept on the heap, and of its ways to train vectors (dense and sparse
gradients, mean of an embedding, EmbeddingBag), to convolve over words (Conv1d, Conv2d channels last, Conv2d over whole
vectors) and to lay images (channels first and last) the fastest. gensim reads the corpus from a file, which is its fast way.
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

WORDS, DIM, LENGTH, BATCH, HIDDEN = 20_000, 100, 200, 64, 128
WIDTHS, FILTERS = (3, 4, 5), 100

# name: (kind of layer, both directions, whether it is trained, vectors' gradient: none, dense, sparse)
MODELS = {
    "lstm-frozen": [("lstm", False, True, None)],
    "lstm-finetuned": [("lstm", False, True, "dense"), ("lstm", False, True, "sparse")],
    "gru-frozen": [("gru", False, True, None)],
    "bilstm-frozen": [("lstm", True, True, None)],
    "cnn-frozen": [(kind, False, True, None) for kind in ("cnn", "cnn-last", "cnn-2d")],
    "cnn-finetuned": [(kind, False, True, how) for kind in ("cnn", "cnn-last", "cnn-2d") for how in ("dense", "sparse")],
    "mean-frozen": [("mean", False, True, None), ("bag", False, True, None)],
    "mean-finetuned": [(kind, False, True, how) for kind in ("mean", "bag") for how in ("dense", "sparse")],
    "lstm-infer": [("lstm", False, False, None)],
    "gru-infer": [("gru", False, False, None)],
    "cnn-infer": [(kind, False, False, None) for kind in ("cnn", "cnn-last", "cnn-2d")],
    "mean-infer": [("mean", False, False, None), ("bag", False, False, None)],
}

# name: whether it learns, images a time
IMAGES = {
    "smallcnn": (True, 64),
    "smallcnn-infer": (False, 64),
    "resnet20": (True, 64),
    "squeezenet-infer": (False, 8),
    "mobilenet-infer": (False, 8),
}

# name: whether it learns, and the number of tokens of each text
EVEN, MIXED = [64] * 32, [5 + text * 123 // 31 for text in range(32)]
ENCODERS = {
    "encoder-infer": (False, EVEN),
    "encoder-infer-mixed": (False, MIXED),
    "encoder-finetune": (True, EVEN),
    "encoder-finetune-mixed": (True, MIXED),
}


def tune(torch, threads):
    """PyTorch's fastest settings."""
    torch.set_num_threads(threads)
    # Subnormal numbers are slow on some processors; warmstart sets vanishing gradients to zero too.
    torch.set_flush_denormal(True)


def rates(work, count, seconds):
    """How many a second, of each time."""
    work(), work()
    found, begun = [], time.perf_counter()
    while time.perf_counter() - begun < seconds or len(found) < 5:
        before = time.perf_counter()
        work()
        found.append(count / (time.perf_counter() - before))
    return statistics.median(found)


def words_cnn(kind):
    """Filters over words and the largest value of each: as Conv1d, or as Conv2d along a line with channels last or over whole
    vectors."""
    import torch
    from torch import nn

    class Cnn(nn.Module):
        def __init__(self):
            super().__init__()
            if kind == "cnn":
                made = [nn.Conv1d(DIM, FILTERS, width) for width in WIDTHS]
            elif kind == "cnn-last":
                made = [nn.Conv2d(DIM, FILTERS, (1, width)).to(memory_format=torch.channels_last) for width in WIDTHS]
            else:
                made = [nn.Conv2d(1, FILTERS, (width, DIM)) for width in WIDTHS]
            self.convs = nn.ModuleList(made)

        def forward(self, x):
            if kind == "cnn":
                x = x.transpose(1, 2)
            elif kind == "cnn-last":
                x = x.transpose(1, 2)[:, :, None].contiguous(memory_format=torch.channels_last)
            else:
                x = x[:, None]
            return torch.cat([torch.relu(conv(x)).flatten(2).amax(2) for conv in self.convs], 1)

    return Cnn()


def pytorch(kind, both, learns, vectors, threads, seconds):
    import torch
    from torch import nn

    tune(torch, threads)
    torch.manual_seed(1)
    sparse = vectors == "sparse"
    bag = kind == "bag"
    table = nn.EmbeddingBag(WORDS, DIM, mode="mean", sparse=sparse) if bag else nn.Embedding(WORDS, DIM, sparse=sparse)
    table.weight.requires_grad = vectors is not None
    layer = {"lstm": nn.LSTM, "gru": nn.GRU}.get(kind)
    layer = layer and layer(DIM, HIDDEN, batch_first=True, bidirectional=both)
    if kind.startswith("cnn"):
        layer = words_cnn(kind)
    width = FILTERS * len(WIDTHS) if kind.startswith("cnn") else HIDDEN * (2 if both else 1) if layer else DIM
    head = nn.Linear(width, 2)
    batches = [(torch.rand(BATCH, LENGTH) ** 3 * WORDS).long() for _ in range(16)]
    labels = torch.arange(BATCH) % 2

    def forward(words):
        x = table(words)
        if layer is None:
            return head(x if bag else x.mean(1))
        if kind.startswith("cnn"):
            return head(layer(x))
        state = layer(x)[1]
        state = state[0] if kind == "lstm" else state
        return head(torch.cat([state[0], state[1]], 1) if both else state[-1])

    others = [p for module in (layer, head) if module is not None for p in module.parameters()]
    optimizers = [torch.optim.Adam(others + ([table.weight] if vectors == "dense" else []), 1e-3)]
    if sparse:
        optimizers.append(torch.optim.SparseAdam([table.weight], 1e-3))
    loss = nn.CrossEntropyLoss()
    turn = [0]

    def step():
        turn[0] += 1
        words = batches[turn[0] % 16]
        if not learns:
            with torch.inference_mode():
                return forward(words)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss(forward(words), labels).backward()
        for optimizer in optimizers:
            optimizer.step()

    return rates(step, BATCH, seconds)


def small_cnn():
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )


def resnet20():
    from torch import nn
    from torchvision.models.resnet import BasicBlock

    def group(inputs, outputs, stride):
        down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)) if stride > 1 else None
        return [BasicBlock(inputs, outputs, stride, down), BasicBlock(outputs, outputs), BasicBlock(outputs, outputs)]

    body = [*group(16, 16, 1), *group(16, 32, 2), *group(32, 64, 2)]
    stem = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def pytorch_images(name, last, threads, seconds):
    import torch
    import torchvision

    tune(torch, threads)
    torch.manual_seed(1)
    learns, count = IMAGES[name]
    made = {
        "smallcnn": (small_cnn, (1, 28, 28)),
        "resnet20": (resnet20, (3, 32, 32)),
        "squeezenet": (torchvision.models.squeezenet1_1, (3, 224, 224)),
        "mobilenet": (torchvision.models.mobilenet_v2, (3, 224, 224)),
    }
    make, shape = made[name.removesuffix("-infer")]
    layout = {"memory_format": torch.channels_last} if last else {}
    network = make().to(**layout).train(learns)
    images, labels = torch.randn(count, *shape).to(**layout), torch.arange(count) % 10
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loss = torch.nn.CrossEntropyLoss()

    def step():
        if not learns:
            with torch.inference_mode():
                return network(images)
        optimizer.zero_grad(set_to_none=True)
        loss(network(images), labels).backward()
        optimizer.step()

    return rates(step, count, seconds)


def pytorch_encoder(name, attention, threads, seconds):
    """A BERT of the size of MiniLM with random weights, without dropout, the mean of its states, and a linear classifier. Texts of
    unequal length are padded to the longest; for inference they are read in four groups of like length."""
    import torch
    from transformers import BertConfig, BertModel

    tune(torch, threads)
    torch.manual_seed(1)
    learns, lengths = ENCODERS[name]
    sizes = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, vocab_size=30_522)
    model = BertModel(BertConfig(**sizes), add_pooling_layer=False)
    model.set_attn_implementation(attention)
    model.eval()
    head, labels = torch.nn.Linear(384, 2), torch.arange(len(lengths)) % 2
    batches = []
    groups = 4 if learns is False and len(set(lengths)) > 1 else 1
    for group in range(groups):
        part = lengths[group * len(lengths) // groups : (group + 1) * len(lengths) // groups]
        ids, mask = torch.zeros(len(part), max(part), dtype=torch.long), torch.zeros(len(part), max(part), dtype=torch.long)
        for text, length in enumerate(part):
            ids[text, :length], mask[text, :length] = torch.randint(1, 30_522, (length,)), 1
        # Without a mask the attention is faster.
        batches.append(({"input_ids": ids} if len(set(part)) == 1 else {"input_ids": ids, "attention_mask": mask}, mask[..., None].float()))
    optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], 2e-5)
    loss = torch.nn.CrossEntropyLoss()

    def vectors(given, mask):
        states = model(**given).last_hidden_state
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)

    def step():
        if not learns:
            with torch.inference_mode():
                return [vectors(*batch) for batch in batches]
        optimizer.zero_grad(set_to_none=True)
        loss(head(vectors(*batches[0])), labels).backward()
        optimizer.step()

    return rates(step, len(lengths), seconds)


def pytorch_language(corpus, adaptive, threads, seconds):
    """The model of `warmstart bench lm`: 200 numbers, an LSTM of 256 units, .3 dropped, 20 streams of 35 steps, Adam."""
    import collections

    import torch
    from torch import nn

    tune(torch, threads)
    torch.manual_seed(1)
    tokens = [token for line in open(corpus, encoding="utf-8", errors="replace") if line.strip() for token in [*line.split(), "<eos>"]]
    counts = collections.Counter(token for token in tokens if token not in ("<unk>", "<eos>"))
    words = sorted((word for word, count in counts.items() if count >= 2), key=lambda word: (-counts[word], word))[:59_998]
    numbers = {word: number for number, word in enumerate(["<unk>", "<eos>", *words])}
    text = torch.tensor([numbers.get(token, 0) for token in tokens])
    streams = text[: len(text) // 20 * 20].view(20, -1)
    table, layer, drop = nn.Embedding(len(numbers), 200), nn.LSTM(200, 256, batch_first=True), nn.Dropout(0.3)
    if adaptive:
        # Tails begin behind the words that make up 85 and 95 % of the text.
        total, seen, cuts = sum(counts[word] for word in words), 0, []
        for place, word in enumerate(words):
            seen += counts[word]
            if len(cuts) < 2 and seen >= total * (0.85, 0.95)[len(cuts)]:
                cuts.append(place + 3)
        softmax = nn.AdaptiveLogSoftmaxWithLoss(256, len(numbers), cuts, head_bias=True)
    else:
        softmax, cross_entropy = nn.Linear(256, len(numbers)), nn.CrossEntropyLoss()
    parameters = [p for module in (table, layer, softmax) for p in module.parameters()]
    optimizer = torch.optim.Adam(parameters, 1e-3)
    place, states = [0], [None]

    def step():
        if place[0] + 36 > streams.shape[1]:
            place[0], states[0] = 0, None
        x, y = (streams[:, place[0] + one : place[0] + one + 35] for one in (0, 1))
        place[0] += 35
        optimizer.zero_grad(set_to_none=True)
        out, after = layer(drop(table(x)), states[0])
        states[0] = tuple(state.detach() for state in after)
        out, y = drop(out).reshape(-1, 256), y.reshape(-1)
        (softmax(out, y).loss if adaptive else cross_entropy(softmax(out), y)).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return rates(step, 20 * 35, seconds)


def gensim_neighbours(rows, seconds):
    import numpy
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(300)
    table = numpy.random.default_rng(0).standard_normal((rows, 300), dtype=numpy.float32)
    vectors.add_vectors([f"w{row}" for row in range(rows)], table)
    vectors.fill_norms()
    turn = [0]

    def ask():
        turn[0] += 7_919
        vectors.most_similar(f"w{turn[0] % rows}", topn=10)

    return rates(ask, 1, seconds)


def gensim_skipgram(corpus, threads):
    """Tokens a second of an epoch: what three epochs take longer than one."""
    from gensim.models import Word2Vec

    tokens = sum(line.count(b" ") + 1 for line in open(corpus, "rb"))
    settings = dict(vector_size=DIM, window=5, min_count=5, sample=1e-3, sg=1, negative=5, alpha=0.025, seed=1)
    took = {}
    for epochs in (1, 3):
        before = time.perf_counter()
        Word2Vec(corpus_file=corpus, workers=threads, epochs=epochs, **settings)
        took[epochs] = time.perf_counter() - before
    return 2 * tokens / (took[3] - took[1])


def in_lines(corpus, words=1_000):
    """A copy of the corpus in lines of so many words: of a longer line than 10,000 gensim reads no more."""
    copy = tempfile.NamedTemporaryFile("wb", suffix=".txt")
    for line in open(corpus, "rb"):
        line = line.split()
        for start in range(0, len(line), words):
            copy.write(b" ".join(line[start:start + words]) + b"\n")
    copy.flush()
    return copy


def hugging_face_words(documents, threads, seconds):
    """Megabytes a second that become ids of words: the words of BERT in lower case, and their numbers."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    os.environ |= {"TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": str(threads)}
    lines = open(documents, encoding="utf-8").read().splitlines()
    tokenizer = Tokenizer(models.WordLevel(unk_token="?"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(lines, trainers.WordLevelTrainer(special_tokens=["?"], show_progress=False))
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    return rates(lambda: tokenizer.encode_batch_fast(lines), megabytes, seconds)


def gensim_counts(corpus, seconds):
    """Megabytes a second of which gensim counts the words for a vocabulary; it splits at white space, with one thread."""
    from gensim.models import Word2Vec

    def count():
        Word2Vec(vector_size=1, min_count=5).build_vocab(corpus_file=corpus)

    begun = time.perf_counter()
    count()
    took = time.perf_counter() - begun
    return os.path.getsize(corpus) / 1e6 / took


def decoders(folder, threads, seconds):
    """Images a second of the fastest of Pillow and torchvision, with so many threads, from memory."""
    import concurrent.futures
    import glob
    import io

    import PIL.Image
    import torch
    import torchvision

    tune(torch, 1)
    names = sorted(glob.glob(os.path.join(folder, "**", "*.jp*g"), recursive=True))[:10_000]
    files = [open(name, "rb").read() for name in names]
    tensors = [torch.frombuffer(bytearray(file), dtype=torch.uint8) for file in files]
    parts = [slice(start, start + 64) for start in range(0, len(files), 64)]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        pillow = lambda part: [PIL.Image.open(io.BytesIO(file)).convert("RGB").load() for file in files[part]]
        vision = lambda part: [torchvision.io.decode_jpeg(tensor, torchvision.io.ImageReadMode.RGB) for tensor in tensors[part]]
        return max(rates(lambda: list(pool.map(how, parts)), len(files), seconds) for how in (pillow, vision))


def peer(arguments):
    """The part that runs in a process of its own, with the surroundings that suit the peer."""
    name = arguments.peer
    if name == "skipgram":
        return gensim_skipgram(arguments.corpus, arguments.threads)
    if name == "tokenise":
        return hugging_face_words(arguments.corpus, arguments.threads, arguments.seconds)
    if name == "count":
        return gensim_counts(arguments.corpus, arguments.seconds)
    if name == "decode":
        return decoders(arguments.images, arguments.threads, arguments.seconds)
    if name.startswith("lm"):
        return pytorch_language(arguments.corpus, name == "lm-adaptive", arguments.threads, arguments.seconds)
    if name.startswith("neighbours"):
        return gensim_neighbours(arguments.rows, arguments.seconds)
    if name in IMAGES:
        return max(pytorch_images(name, last, arguments.threads, arguments.seconds) for last in (False, True))
    if name in ENCODERS:
        return max(pytorch_encoder(name, attention, arguments.threads, arguments.seconds) for attention in ("sdpa", "eager"))
    return max(pytorch(*model, arguments.threads, arguments.seconds) for model in MODELS[name])


def registers():
    """The widest registers of this processor, in our words."""
    with open("/proc/cpuinfo") as file:
        flags = file.read()
    return "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "NEON" if "asimd" in flags else "SSE2"


def machine():
    """The processor: its name, family and model, cores, and threads a core."""
    listed = dict(line.split(":", 1) for line in subprocess.check_output(["lscpu"], text=True, env={"LC_ALL": "C"}).splitlines() if ":" in line)
    said = {name.strip(): value.strip() for name, value in listed.items()}
    cores = int(said["Core(s) per socket"]) * int(said["Socket(s)"])
    family = f" (family {said['CPU family']}, model {said['Model']})" if "CPU family" in said else ""
    return f"{said['Model name']}{family}, {cores} cores of {said['Thread(s) per core']} thread(s)"


def versions(program):
    """What was measured."""
    found = [subprocess.check_output([program, "--version"], text=True).strip()]
    for package in ("torch", "gensim", "transformers", "tokenizers"):
        try:
            found.append(f"{package} {importlib.metadata.version(package).split('+')[0]}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(found)


def keep(path, title, used, row):
    """One row more in the file of figures."""
    kept = {}
    if os.path.exists(path):
        with open(path) as file:
            kept = json.load(file)
    table = kept.setdefault(title, {"versions": used, "rows": {}})
    table["versions"] = used
    table["rows"][row["work"]] = row
    with open(path + ".part", "w") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")
    os.replace(path + ".part", path)


UNITS = {"neighbours": "queries", "neighbours-compressed": "queries", "skipgram": "words", "lm": "tokens", "lm-adaptive": "tokens"}
UNITS |= {"tokenise": "MB", "count": "MB", "decode": "images"}
LIBRARIES = {"neighbours": "gensim", "neighbours-compressed": "gensim", "skipgram": "gensim", "count": "gensim"}
LIBRARIES |= {"tokenise": "tokenizers", "decode": "Pillow, torchvision"}
BEGIN, END = "<!-- benches/peers.py --document writes from here -->", "<!-- to here -->"


def document(kept, page):
    """Writes one table for each machine between the marks of the page."""
    lines = []
    for title, table in kept.items():
        dates = sorted({row["date"] for row in table["rows"].values()})
        span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        lines += [f"### {title}", "", f"{table['versions']}; measured {span}.", ""]
        shares = any("share_of_peak" in row for row in table["rows"].values())
        lines += ["| work | a second | warmstart | peer | ratio | pairs |" + (" of the peak |" if shares else "")]
        lines += ["| --- | --- | --- | --- | --- | --- |" + (" --- |" if shares else "")]
        for name, row in table["rows"].items():
            unit = UNITS.get(name, "texts" if name in ENCODERS else "images" if name in IMAGES else "documents")
            library = LIBRARIES.get(name, "PyTorch")
            middle, least, most = (row["ratio"][key] for key in ("median", "least", "most"))
            lines.append(
                f"| `{name}` | {unit} | {row['warmstart']:,.0f} | {library} {row['peer']:,.0f} "
                f"| {middle:.2f} ({least:.2f} to {most:.2f}) | {row['pairs']} |"
                + (f" {100 * row['share_of_peak']:.0f} % |" if "share_of_peak" in row else " |" if shares else "")
            )
        lines.append("")
    with open(page) as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(page, "w") as file:
        file.write(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/warmstart")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--corpus", help="a text for skip-gram and language models; without one they are left out")
    parser.add_argument("--documents", help="a text with a document on each line, for tokenise; without one it is left out")
    parser.add_argument("--images", help="a folder of JPEGs, for decode; without one it is left out")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--avx2", action="store_true", help="limit both programs to AVX2")
    parser.add_argument("--json", metavar="FILE", help="keep the figures in this file")
    parser.add_argument("--document", metavar="FILE", help="write the tables of the figures' file into this page; measures nothing")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.document:
        with open(arguments.json) as file:
            return document(json.load(file), arguments.document)
    if arguments.peer:
        return print(peer(arguments))

    threads = str(arguments.threads)
    surroundings = dict(os.environ, MALLOC_MMAP_THRESHOLD_=str(1 << 32), MALLOC_TRIM_THRESHOLD_=str(1 << 33))
    surroundings |= {f"{library}_NUM_THREADS": threads for library in ("OMP", "OPENBLAS", "MKL")}
    wide = registers()
    if arguments.avx2 and wide == "AVX-512":
        limit = {"WARMSTART_CPU": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
        os.environ |= limit
        surroundings |= limit
        wide = "AVX-512, limited to AVX2"
    title, used = f"{machine()}, {wide}; {threads} threads", versions(arguments.program)
    print(f"{title}. {used}. {datetime.date.today()}.\n")
    common = ["--seconds", str(arguments.seconds), "--threads", threads]
    names = [*MODELS, *ENCODERS, *IMAGES, "neighbours", "neighbours-compressed"] + (["skipgram", "lm", "lm-adaptive", "count"] if arguments.corpus else [])
    names += (["tokenise"] if arguments.documents else []) + (["decode"] if arguments.images else [])
    print("| work | warmstart | peer | ratio |\n| --- | --- | --- | --- |")
    lines = in_lines(arguments.corpus) if arguments.corpus else None
    for name in arguments.only or names:
        more = ["--corpus", arguments.corpus] if name.startswith("lm") else []
        more += ["--corpus", lines.name] if name in ("skipgram", "count") else []
        more += ["--corpus", arguments.documents] if name == "tokenise" else []
        more += ["--images", arguments.images] if name == "decode" else []
        more += ["--rows", str(arguments.rows)] if name.startswith("neighbours") else []
        own, other, shares = [], [], []
        for _ in range(arguments.pairs):
            work = ["lm", "--softmax", "adaptive"] if name == "lm-adaptive" else [name]
            # gensim's three passes are over all of the text.
            seconds = "3600" if name == "skipgram" else str(arguments.seconds)
            own_time = ["--seconds", seconds, "--threads", threads]
            report = subprocess.check_output([arguments.program, "bench", *work, "--json", *own_time, *more])
            report = json.loads(report)
            own.append(report["per_second"])
            shares += [report["share_of_peak"]] if "share_of_peak" in report else []
            command = [sys.executable, __file__, "--peer", name, *common, *more]
            other.append(float(subprocess.check_output(command, env=surroundings)))
        ratios = [a / b for a, b in zip(own, other)]
        middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
        print(
            f"| {name} | {statistics.median(own):,.0f} | {statistics.median(other):,.0f} "
            f"| {middle:.2f} ({least:.2f} to {most:.2f}) |",
            flush=True,
        )
        if arguments.json:
            share = {"share_of_peak": statistics.median(shares)} if shares else {}
            ratio = {"median": middle, "least": least, "most": most}
            row = {"work": name, "date": str(datetime.date.today()), "warmstart": statistics.median(own), "peer": statistics.median(other)}
            keep(arguments.json, title, used, row | {"ratio": ratio, "pairs": arguments.pairs} | share)


if __name__ == "__main__":
    main()
