
S = tensors("subwords.safetensors")
BUCKETS = {bucket: row for row, bucket in enumerate(S["subwords.bucket"].tolist())}
def vector(word):  # None if there is none; for a word outside the vocabulary, the mean of the vectors of its n-grams
    row, c, rows, marked = WORDS.get(word, -1) + ("body" in HEAD), HEAD["subwords"], [], f"<{word}>"
    if word in WORDS: return W["embedding.weight"][row].astype(float) if row < len(W["embedding.weight"]) else None
    for gram in (marked[i:i + n] for i in range(len(marked)) for n in range(c["shortest"], min(c["longest"], len(marked) - i) + 1)):
        h = 2166136261
        for byte in gram.encode("utf-8"): h = (h ^ byte ^ (0xFFFFFF00 if byte > 127 else 0)) * 16777619 & 0xFFFFFFFF
        if gram not in "<>" and h % c["buckets"] in BUCKETS: rows.append(BUCKETS[h % c["buckets"]])
    return S["subwords.weight"][rows].mean(0, float) if rows else None
