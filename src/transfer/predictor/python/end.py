
def probabilities(texts):
    z = np.array([logits(tokens(text)) for text in texts]).reshape(-1, len(CLASSES)) / TEMPERATURE
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)

if __name__ == "__main__":
    for text, p in zip(sys.argv[1:], probabilities(sys.argv[1:])): print(f"{CLASSES[p.argmax()]} {p.max():.6f}\t{text}")
