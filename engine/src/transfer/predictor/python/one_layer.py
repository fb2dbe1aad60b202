
def features(x):
    kind, shape = next(iter(HEAD["body"]["Head"].items()))
    back = [states(kind.lower(), x[::-1], "_reverse")] if shape["bidirectional"] else []
    return pooled(shape["pooling"], states(kind.lower(), x), *back)
