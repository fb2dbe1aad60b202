
def logits(found):
    return scores(vector(found) @ W["head.weight"] + W["head.bias"])
