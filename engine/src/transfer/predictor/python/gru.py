
sigmoid = lambda x: 0.5 * (1 + np.tanh(0.5 * x))
def step(word, past, h, cell):
    (r, z, n), (past_r, past_z, past_n) = np.split(word, 3), np.split(past, 3)
    n = np.tanh(n + sigmoid(r + past_r) * past_n)
    return n + sigmoid(z + past_z) * (h - n), cell
