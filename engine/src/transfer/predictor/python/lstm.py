
sigmoid = lambda x: 0.5 * (1 + np.tanh(0.5 * x))
def step(word, past, h, cell):
    i, f, g, o = np.split(word + past, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell
