
def states(layer, x, suffix=""):  # the hidden states (T, H) of a recurrent layer that reads x (T, D)
    w, u, b, c = (W[f"{layer}.{part}_l0{suffix}"].astype(float) for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, cell, out = np.zeros(u.shape[1]), 0.0, []
    for word in x @ w.T + b:
        h, cell = step(word, u @ h + c, h, cell)
        out.append(h)
    return np.array(out).reshape(-1, len(h))

def pooled(how, *levels):
    of = {"Last": lambda h: h[-1], "Max": lambda h: h.max(0), "Mean": lambda h: h.mean(0)}
    return np.concatenate([of[p](h) if len(h) else np.zeros(h.shape[1]) for p in (of if how == "Concat" else [how]) for h in levels])
