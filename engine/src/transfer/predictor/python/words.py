
MARKS = "".join(c for c in map(chr, range(0x300, 0x1E000)) if unicodedata.category(c)[0] == "M") + "\u200c\u200d"
def tokens(text):
    text = unicodedata.normalize("NFC", text if TEXT["tokens"] == "Whitespace" else text.lower()).replace("\u00ad", "")
    if TEXT["tokens"] == "Words": text = re.sub("<br ?/?>", " ", text).replace("’", "'")
    words = rf"[^\W\d_]+?(?=n't)|n't|'(?:s|re|ve|ll|d|m)(?!\w)|[^\W_](?:[^\W_]|[{MARKS}])*"  # do n't, it 's
    found, joined = re.findall({"Words": words, "Whitespace": r"\S+"}.get(TEXT["tokens"], rf"\S[{MARKS}]*"), text), []
    while found:  # joins the longest phrase that is in the vocabulary: new_york
        n = next((n for n in (4, 3, 2) if TEXT["phrases"] and n <= len(found) and "_".join(found[:n]) in WORDS), 1)
        joined, found = joined + ["_".join(found[:n])], found[n:]
    return joined
