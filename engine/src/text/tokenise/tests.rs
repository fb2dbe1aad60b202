use unicode_normalization::UnicodeNormalization;

use crate::text::spelling::is_left_out;

use super::characters::{continues, is_dense, is_mark};
use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(tokens(Tokens::Words, text).join(" "), expected, "{text:?}");
}

#[test]
fn contractions_fall_apart_as_in_glove() {
    check("Don't stop, it's 1999!", "do n't stop it 's 1999");
    check(
        "I can\u{2019}t; they\u{2019}ll, we've, he'd I'm you're",
        "i ca n't they 'll we 've he 'd i 'm you 're",
    );
    check("ISN'T n't N'T an't", "is n't n't n't a n't");
    check("don'today 2don't", "do n't oday 2don t");
    check("rock 'n' roll 'til 'save 's_ 'd9 o'clock", "rock n roll til save s d9 o clock");
    check("dogs' \"it's\" 'sé", "dogs it 's sé");
}

#[test]
fn line_breaks_are_spaces_and_punctuation_is_nothing() {
    check("end.<br /><br />Next<BR/>one<br>two <b>x", "end next one two b x");
    check("a<br", "a br");
    check("snake_case a-b c/d ... 3.14", "snake case a b c d 3 14");
    check("", "");
    check("'", "");
    check("\u{2019}", "");
}

#[test]
fn letters_are_those_of_unicode() {
    check("Čas JE ÜBER straße", "čas je über straße");
    check("e\u{301}t\u{e9} наука, данных 数据 ٣", "\u{e9}t\u{e9} наука данных 数据 ٣");
    check("naïven't", "naïve n't");
    check("a\u{a0}b—c…d", "a b c d");
}

#[test]
fn pieces_cut_at_white_space_give_the_same_tokens() {
    let text = "Isn't it  what we've\nalways wanted, Ämilie? 我喜欢 这部电影 👩‍👩‍👧 1️⃣ \u{301}e #\u{20e3} हिन्दी";
    let whole = tokens(Tokens::Words, text);
    for (cut, _) in text.char_indices().filter(|(_, c)| c.is_whitespace()) {
        let mut parts = tokens(Tokens::Words, &text[..cut]);
        parts.extend(tokens(Tokens::Words, &text[cut..]));
        assert_eq!(parts, whole);
    }
}

#[test]
fn words_of_all_scripts_are_whole() {
    check("हिन्दी मिल्क", "हिन्दी मिल्क");
    check("বাংলা ভাষা தமிழ் ತನ್ನ", "বাংলা ভাষা தமிழ் ತನ್ನ");
    check("שָׁלוֹם עֲלֵיכֶם צה״ל צה\"ל ג׳ירפה", "שָׁלוֹם עֲלֵיכֶם צה״ל צה\"ל ג׳ירפה");
    check("м'ята п’ять", "м'ята п’ять");
    check("col·lecció l'home", "col·lecció l home");
    // Persian writes a non-joiner within words. At the end of a word it has no effect, so it is removed.
    check("می\u{200c}خواهم کتاب\u{200c} خوب", "می\u{200c}خواهم کتاب خوب");
    check("\u{200f}مرحبا\u{200f} co\u{ad}oper\u{ad}ate x\u{2060}y", "مرحبا cooperate xy");
    check("ΟΔΟΣ Straße STRASSE İzmir", "οδος straße strasse i̇zmir");
    check("ཧ་ར་ 𞤀𞤣𞤤𞤢𞤥", "ཧ ར 𞤢𞤣𞤤𞤢𞤥");
}

#[test]
fn scripts_without_spaces_are_cut_into_words() {
    check("我喜欢这部电影。很好!", "我 喜欢 这 部 电影 很好");
    check("こんにちは世界", "こんにちは 世界");
    check("iPhone手机15个", "iphone 手机 15 个");
    check("ภาษาไทยเขียนติดกันและอ่านยาก", "ภาษา ไทย เขียน ติด กัน และ อ่าน ยาก");
    check("ខ្ញុំចូលចិត្តមើលភាពយន្តនេះណាស់", "ខ្ញុំ ចូលចិត្ត មើល ភាពយន្ត នេះ ណាស់");
    check("ຂ້ອຍມັກເບິ່ງຮູບເງົາເລື່ອງນີ້", "ຂ້ອຍ ມັກ ເບິ່ງ ຮູບເງົາ ເລື່ອງ ນີ້");
    check("ကျွန်တော်ဒီရုပ်ရှင်ကိုကြိုက်တယ်", "ကျွန်တော် ဒီ ရုပ်ရှင် ကို ကြိုက် တယ်");
    // A zero-width space separates words too.
    check("แมว\u{200b}หมา", "แมว หมา");
    // A run of any length is separated into its words.
    let long = "我喜欢这部电影".repeat(2_000);
    let words = tokens(Tokens::Words, &long);
    assert_eq!(words.concat(), long);
    assert!(words.chunks(5).all(|words| words == ["我", "喜欢", "这", "部", "电影"]));
}

#[test]
fn an_emoji_is_a_word() {
    check("great😀😀! I ❤️ it", "great 😀 😀 i ❤ it");
    check("👩‍👩‍👧 👍🏽 🇩🇪🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈", "👩‍👩‍👧 👍🏽 🇩🇪 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳‍🌈");
    check("1️⃣ #️⃣ *⃣ # *", "1⃣ #⃣ *⃣");
    // Symbols that are older than emoji are punctuation, unless they have the emoji variation selector.
    check("© ™ ▪ ↔ ‼ ★ 〰 ©\u{fe0f}", "©");
    check(":-) :( ;)", "");
}

#[test]
fn tokens_are_in_normal_form_c() {
    check("cafe\u{301} Å", "café å");
    assert_eq!(tokens(Tokens::Whitespace, "Cafe\u{301}, :-)\n<br />"), ["Café,", ":-)", "<br", "/>"]);
    assert_eq!(tokens(Tokens::Characters, "Hi! e\u{301}\n👍🏽"), ["h", "i", "!", "é", "👍🏽"]);
}

/// For every mark and joiner of Unicode: a word with it between two letters of a script that uses it is one token. In
/// a script without spaces, at least no token begins with it.
#[test]
fn no_mark_and_no_joiner_tears_a_word() {
    use icu_properties::props::Script;
    use icu_properties::{CodePointMapData, script::ScriptWithExtensions};
    let scripts = CodePointMapData::<Script>::new();
    let used = ScriptWithExtensions::new();
    let letters: Vec<char> = ('a'..=char::MAX).filter(|c| c.is_alphabetic() && !is_mark(*c)).collect();
    let mut first = std::collections::HashMap::new();
    for &c in &letters {
        first.entry(scripts.get(c)).or_insert(c);
    }
    let mut looked_at = 0;
    for mark in ('\u{80}'..=char::MAX).filter(|c| is_mark(*c)) {
        assert!(continues(mark), "{:x}", mark as u32);
        let user = used.get_script_extensions_val(mark).iter().find_map(|script| first.get(&script));
        let letter = *user.unwrap_or(&'a');
        let found = tokens(Tokens::Words, &format!("{letter}{mark}{letter}"));
        let whole =
            if is_left_out(mark) { format!("{letter}{letter}") } else { format!("{letter}{mark}{letter}") };
        let lower: String = whole.to_lowercase().nfc().collect();
        assert_eq!(found.concat(), lower, "{:x}", mark as u32);
        let torn = found.len() > 1 && (!is_dense(letter) || found[1].starts_with(mark));
        assert!(!torn, "{:x} {found:?}", mark as u32);
        looked_at += 1;
    }
    assert!(looked_at > 2_400, "{looked_at}");
}
