
def features(x):
    levels, body = [x], HEAD["body"]["Stacked"]
    for place in range(len(body["layers"])): levels.append(states(f"layers.{place}", levels[-1]))
    return pooled("Concat", levels[-1]) if body["features"] == "Concat" else pooled("Mean", levels[-1], *levels[:-1])
