
def logits(words):
    found, table = [vector(word) for word in words[:HEAD["max_tokens"]]], W["embedding.weight"]
    x = np.array([table[0] if v is None else v for v in found], float).reshape(-1, table.shape[1])
    x = x[::-1] if HEAD["direction"] == "Backward" else x
    return W["linear.weight"].astype(float) @ features(x) + W["linear.bias"]
