"""Classify images with a model trained by warmstart; needs only numpy:   from load import CLASSES, normalised, probabilities
`normalised` takes images (B, H, W, C) of the network's size with values from 0 to 255. Read and resize them yourself:
`config.json` has the size and how warmstart fits images to it. A large network needs about a second for each image."""
import json, math, pathlib
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = json.loads((HERE / "config.json").read_text("utf-8"))
CLASSES, TEMPERATURE, IMAGES = CONFIG["classes"], CONFIG.get("temperature") or 1.0, CONFIG["model"]["Images"]
KIND, HEAD = next(iter(IMAGES["head"].items())) if isinstance(IMAGES["head"], dict) else (IMAGES["head"], {})
NODES = json.loads((HERE / "network.json").read_text("utf-8"))

def tensors(name):
    raw, kinds = (HERE / name).read_bytes(), {"F16": "<f2", "F32": "<f4", "F64": "<f8", "U32": "<u4"}
    at = 8 + int.from_bytes(raw[:8], "little")
    read = lambda t: np.frombuffer(raw, kinds[t["dtype"]], math.prod(t["shape"]), at + t["data_offsets"][0]).reshape(t["shape"])
    return {key: read(t).astype(float) for key, t in json.loads(raw[8:at]).items() if key != "__metadata__"}
W = tensors("model.safetensors")

def normalised(images):  # the input of the network, (B, C, H, W)
    how, images = IMAGES["preparation"], np.asarray(images, float)
    mean, deviation = (np.array(how[key])[:how["channels"]] for key in ("mean", "deviation"))
    return ((images / 255 - mean) / deviation).transpose(0, 3, 1, 2)

def windows(x, node, beyond):  # all windows of x (B, C, H, W), padded with `beyond`: (B, C, H', W', size, size)
    size, stride, before, (height, width) = node["size"], node["stride"], node["before"], node["gives"]
    sides = [(before, max(0, (to - 1) * stride + size - before - at)) for at, to in zip(x.shape[2:], (height, width))]
    x = np.pad(x, [(0, 0), (0, 0), *sides], constant_values=beyond)
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride][:, :, :height, :width]

def convolution(x, node):
    weight, groups, x = W[node["name"] + ".weight"], node["groups"], windows(x, node, 0.0)
    x = x.reshape(len(x), groups, -1, *x.shape[2:])
    weight = weight.reshape(groups, -1, *weight.shape[1:])
    y = np.einsum("bgihwkl,goikl->bgohw", x, weight, optimize=True).reshape(len(x), -1, *x.shape[3:5])
    return y + W.get(node["name"] + ".bias", np.zeros(1))[:, None, None]

def normalisation(x, node):
    weight, bias, mean, variance = (W[f"{node['name']}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
    factor = weight / np.sqrt(variance + node["epsilon"])
    return x * factor[:, None, None] + (bias - mean * factor)[:, None, None]

def flat(x):  # each image (C, H, W) as a row in the order (H, W, C)
    return x.transpose(0, 2, 3, 1).reshape(len(x), -1)

OPERATORS = {
    "convolution": convolution,
    "batch norm": normalisation,
    "relu": lambda x, node: np.maximum(x, 0),
    "relu6": lambda x, node: np.clip(x, 0, 6),
    "swish": lambda x, node: x / (1 + np.exp(-x)),
    "max pool": lambda x, node: windows(x, node, -np.inf).max((4, 5)),
    "average pool": lambda x, node: windows(x, node, 0.0).mean((4, 5)),
    "global average": lambda x, node: x.mean((2, 3), keepdims=True),
    "linear": lambda x, node: (flat(x) @ W[node["name"] + ".weight"].T + W[node["name"] + ".bias"])[:, :, None, None],
    "dropout": lambda x, node: x,
}

def logits(pixels):
    if KIND == "Constant": return np.log(np.maximum(W["probabilities"], 1e-300))[None].repeat(len(pixels), 0)
    values = [np.asarray(pixels, float)]
    for node in NODES:
        read = [values[number] for number in node["reads"]]
        joined = {"add": sum, "concat": lambda read: np.concatenate(read, 1)}.get(node["operator"])
        values.append(joined(read) if joined else OPERATORS[node["operator"]](read[0], node))
    row = flat(squares(values[-1], HEAD["square"]) if KIND == "Pixels" else values[-1])
    if KIND == "ZeroShot": return row[:, HEAD["outputs"]]
    if "head.weight" not in W: return row
    z = row @ W["head.weight"] + W["head.bias"]
    return z if z.shape[1] > 1 else np.concatenate([-0.5 * z, 0.5 * z], 1)

def squares(x, side):  # the means of squares of `side` by `side` pixels; squares at the edges may be smaller
    rows, columns = (range(0, length, side) for length in x.shape[2:])
    return np.array([[x[:, :, y:y + side, z:z + side].mean((2, 3)) for z in columns] for y in rows]).transpose(2, 3, 0, 1)

def probabilities(pixels):  # (B, classes) for normalised images (B, C, H, W)
    z = logits(pixels) / TEMPERATURE
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)
