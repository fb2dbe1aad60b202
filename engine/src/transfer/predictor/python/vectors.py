
def vector(word):  # None if the word has no vector
    row = WORDS.get(word, -1) + ("body" in HEAD)
    return W["embedding.weight"][row].astype(float) if word in WORDS and row < len(W["embedding.weight"]) else None
