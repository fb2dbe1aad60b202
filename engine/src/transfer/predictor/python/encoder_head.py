
def logits(found):
    x = vector(found)[None] if HEAD["head"]["Trained"] == "Average" else token_states(found)
    return W["linear.weight"].astype(float) @ features(x) + W["linear.bias"]
