
import tokenizers  # this model reads the tokens of tokenizer.json: pip install tokenizers
HOW, TOKENISER = TEXT["tokeniser"], tokenizers.Tokenizer.from_file(str(HERE / "tokenizer.json"))
TOKENISER.no_padding(), TOKENISER.no_truncation()
NAMES = {number: name for name, number in sorted(TOKENISER.get_vocab().items(), reverse=True)}
def tokens(text):
    found, most = TOKENISER.encode(text[:HOW["max_characters"]], add_special_tokens=False).ids, HOW["max_tokens"]
    found = found[max(0, len(found) - most):] if HOW["keeps_end"] else found[:most]
    return [NAMES[number] for number in found if number != HOW["dropped"]]
