
def ids(words):  # the ids that the ONNX file reads: 0 for an unknown word, else its index in vocabulary.json plus 1
    return list(words) if "reading" in HEAD else [WORDS.get(word, -1) + 1 for word in words]  # tokens are ids already

def probabilities(texts):
    z = np.array([logits(tokens(text)) for text in texts]).reshape(-1, len(CLASSES)) / TEMPERATURE
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)

if __name__ == "__main__":
    for text, p in zip(sys.argv[1:], probabilities(sys.argv[1:])): print(f"{CLASSES[p.argmax()]} {p.max():.6f}\t{text}")
