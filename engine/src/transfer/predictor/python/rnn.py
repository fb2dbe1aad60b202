
def step(word, past, h, cell):
    return np.tanh(word + past), cell
