
PAIRS = {tuple(pair): feature for pair, feature in zip(W["pairs"].tolist(), W["pairs.feature"].tolist())}

def logits(words):
    """Logits from the sum of the weights of the words and the pairs of adjacent words in the text; each counts once."""
    numbers = [WORDS.get(word) for word in words]
    found = {int(W["words"][n]) for n in numbers if n is not None} | {PAIRS.get(pair) for pair in zip(numbers, numbers[1:])}
    total = W["weight"].astype(float)[sorted(found - {None})].sum(0) + W["bias"]
    return scores(total * W["mixture"][1])
