"""Compares the predictions of an exported model with those of the program for the same examples.

    python check.py MODEL FILE.onnx PREDICTIONS.json

MODEL is a folder that `warmstart export --model` wrote, FILE.onnx is the same model by `--onnx`, and PREDICTIONS.json is the
output of `warmstart predict --json --count 1000` for the examples. Prints the largest differences, and ends with an error if
one is too large.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

# The largest allowed differences: of the probabilities of load.py, and of all values of onnxruntime.
PROBABILITIES, LOGITS = 1e-5, 1e-4


def loaded(folder):
    """`load.py` of an exported model."""
    spec = importlib.util.spec_from_file_location("load", folder / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def log_softmax(z):
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def size(logits):
    """The divisor of differences (B, 1). Logits above 10 have a larger rounding error, so their differences are relative."""
    return np.maximum(1, np.abs(logits).max(1, keepdims=True) / 10)


def grey(path):
    """The pixels of an 8-bit PGM file (P5), (1, H, W)."""
    raw = path.read_bytes()
    magic, width, height, most = raw.split(maxsplit=4)[:4]
    assert (magic, most) == (b"P5", b"255"), path
    width, height = int(width), int(height)
    return np.frombuffer(raw[-width * height :], np.uint8).reshape(1, height, width)


def prepared(path, how):
    """An image (C, H, W), normalised as the model's configuration says. Its file must have the size of the network's input."""
    assert how["fit"] == "Stretch" and not how["light_on_dark"], how
    pixels = grey(path)
    assert pixels.shape[1:] == (how["height"], how["width"]), (pixels.shape, how)
    pixels = np.repeat(pixels, how["channels"], 0)
    mean, deviation = (np.array(how[key])[: how["channels"], None, None] for key in ("mean", "deviation"))
    return ((pixels / 255 - mean) / deviation).astype(np.float32)


def main(folder, file, predictions):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    said = json.loads(pathlib.Path(predictions).read_text("utf-8"))
    of_class = lambda labels: {label["label"]: label["probability"] for label in labels}
    program = np.array([[of_class(one["labels"])[name] for name in config["classes"]] for one in said], float)
    found = {}

    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    about = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(about["classes"]) == config["classes"], about
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]

    if "Text" in config["model"]:
        python = loaded(folder)
        found["load.py, probabilities"] = np.abs(python.probabilities([one["text"] for one in said]) - program).max()
        words = [python.tokens(one["text"]) for one in said]
        numpy_logits = np.array([python.logits(one) for one in words])
        # The ONNX file has no vectors of subwords, so only texts of known words can be compared.
        if "subwords.safetensors" in {path.name for path in folder.iterdir()}:
            known = [i for i, one in enumerate(words) if all(word in python.WORDS for word in one)]
            assert len(known) >= 20, known
            words, program, numpy_logits = [words[i] for i in known], program[known], numpy_logits[known]
        ids = [python.ids(one) for one in words]
        longest = max(map(len, ids))
        # The padding after the end of a text may have any ids.
        filled = [one + [(7 * i + j) % 3 for j in range(longest - len(one))] for i, one in enumerate(ids)]
        feed = lambda rows: {
            "ids": np.array([filled[i] for i in rows], np.int64).reshape(len(rows), longest),
            "lengths": np.array([len(ids[i]) for i in rows], np.int64),
        }
        alone = lambda i: {"ids": np.array([ids[i]], np.int64).reshape(1, -1), "lengths": np.array([len(ids[i])])}
    else:
        how = config["model"]["Images"]["preparation"]
        pixels = np.stack([prepared(pathlib.Path(one["image"]), how) for one in said])
        python = loaded(folder)
        found["load.py, probabilities"] = np.abs(python.probabilities(pixels) - program).max()
        numpy_logits = python.logits(pixels)
        feed = lambda rows: {"pixels": pixels[rows]}
        alone = lambda i: {"pixels": pixels[i : i + 1]}

    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    runtime = onnxruntime.InferenceSession(str(file), quiet, providers=["CPUExecutionProvider"])
    rows = list(range(len(program)))
    all_at_once = runtime.run(["logits", "probabilities"], feed(rows))
    one_by_one = [np.concatenate(part) for part in zip(*(runtime.run(["logits", "probabilities"], alone(i)) for i in rows))]
    temperature = config.get("temperature") or 1.0
    for way, (logits, probabilities) in {"in a batch": all_at_once, "one by one": one_by_one}.items():
        assert logits.shape == probabilities.shape == program.shape, (logits.shape, program.shape)
        found[f"onnxruntime {way}, probabilities"] = np.abs(probabilities - program).max()
        # The program gives only probabilities; their logarithms are the logits up to a constant. For two classes it computes
        # one probability as 1 minus the other, so a very small one has a large relative error and is not compared.
        sure = program > 1e-6
        difference = log_softmax(logits.astype(float) / temperature) - np.log(np.maximum(program, 1e-30))
        found[f"onnxruntime {way}, logits"] = (np.abs(difference) / size(logits))[sure].max()
        found[f"onnxruntime {way}, logits against load.py"] = (np.abs(logits - numpy_logits) / size(logits)).max()
    kind = config["about"]["method"]
    # A model that gives nearly the same prediction for all examples would hide errors.
    apart = np.ptp(np.log(np.maximum(program, 1e-30)), axis=0).max()
    assert kind == "Majority" or apart > 0.005, program
    told = "; ".join(f"{name} {difference:.1e}" for name, difference in found.items())
    print(f"{folder.name} ({kind}, {len(program)} examples, log-probabilities {apart:.2f} apart): {told}")
    for name, difference in found.items():
        most = PROBABILITIES if name.startswith("load.py") else LOGITS
        assert difference <= most, f"{folder.name}: {name} differ by {difference}, at most {most} are allowed"


main(*sys.argv[1:])
