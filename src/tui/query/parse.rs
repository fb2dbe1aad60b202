//! From the text of a query to its terms.

use regex::RegexBuilder;

use super::terms::{Column, Comparison, Mistake, Query, Term, Test, Value, column_of};

/// The largest compiled size of a regular expression, in bytes.
const LARGEST: usize = 1 << 20;

impl Query {
    /// Understands a query about rows with these columns.
    ///
    /// # Errors
    /// What is wrong with it and where.
    pub fn parse(text: &str, columns: &[Column]) -> Result<Query, Mistake> {
        query(text, columns)
    }
}

/// A term's text without what quotes it.
pub struct Token {
    /// The index of its first character, from 0.
    pub start: usize,
    pub chars: Vec<char>,
}

/// The terms of a query, divided at spaces outside quotes and regular expressions.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let mut begins = at;
        while chars.get(begins) == Some(&'!') {
            begins += 1;
        }
        if chars.get(begins) == Some(&'/') {
            at = begins + 1;
            while at < chars.len() && chars[at] != '/' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at = (at + 1).min(chars.len());
        } else {
            let mut quoted = false;
            while at < chars.len() && (quoted || !chars[at].is_whitespace()) {
                quoted ^= chars[at] == '"';
                at += 1;
            }
        }
        tokens.push(Token { start, chars: chars[start..at].to_vec() });
    }
    tokens
}

/// Understands a query.
pub fn query(text: &str, columns: &[Column]) -> Result<Query, Mistake> {
    let terms =
        joined(tokens(text)).iter().map(|token| term(token, columns)).collect::<Result<Vec<_>, _>>()?;
    Ok(Query { terms })
}

/// The same tokens, but with a comparison as one: `acc > 0.8` is `acc>0.8`.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let is_sign = |c: &char| matches!(c, '<' | '>' | '=');
    let mut all: Vec<Token> = Vec::new();
    for token in tokens {
        let goes_on = all.last().is_some_and(|before| {
            let is_plain = !before.chars.iter().any(|c| matches!(c, '"' | '/' | ':'));
            let begins = match token.chars.first() {
                Some('!') => token.chars.get(1) == Some(&'='),
                first => first.is_some_and(is_sign),
            };
            let has_sign = before.chars.iter().any(is_sign);
            is_plain && (before.chars.last().is_some_and(is_sign) || begins && !has_sign)
        });
        match all.last_mut().filter(|_| goes_on) {
            Some(before) => before.chars.extend(token.chars),
            None => all.push(token),
        }
    }
    all
}

fn term(token: &Token, columns: &[Column]) -> Result<Term, Mistake> {
    let marks = token.chars.iter().take_while(|c| **c == '!').count();
    let chars = &token.chars[marks..];
    let at = token.start + marks;
    let test = test(chars, at, columns)?;
    Ok(Term { negated: marks % 2 == 1, test })
}

fn mistake(at: usize, sentence: impl Into<String>) -> Mistake {
    Mistake { at: at + 1, sentence: sentence.into() }
}

/// The test of a term whose first character has the index `at`.
fn test(chars: &[char], at: usize, columns: &[Column]) -> Result<Test, Mistake> {
    match chars.first() {
        None => return Err(mistake(at, "`!` negates a term, so a term must follow it")),
        Some('/') => return pattern(chars, at),
        Some('"') => return quoted(chars, at).map(|text| Test::Word(text.to_lowercase())),
        Some(_) => {}
    }
    let sign = chars.iter().position(|c| matches!(c, ':' | '<' | '>' | '=' | '!'));
    let Some(sign) = sign else {
        return Ok(Test::Word(chars.iter().collect::<String>().to_lowercase()));
    };
    let name: String = chars[..sign].iter().collect();
    let Some(column) = column_of(&name, columns) else {
        let known: Vec<&str> = columns.iter().map(|column| column.names[0]).collect();
        let what = if name.is_empty() {
            "a column is missing here".into()
        } else {
            format!("no column is called `{name}`")
        };
        return Err(mistake(at, format!("{what}; there are: {}", known.join(", "))));
    };
    let rest = &chars[sign..];
    if rest[0] == ':' {
        return values(&rest[1..], at + sign + 1, column, columns[column]);
    }
    let (comparison, length) = match (rest[0], rest.get(1)) {
        ('<', Some('=')) => (Comparison::AtMost, 2),
        ('>', Some('=')) => (Comparison::AtLeast, 2),
        ('!', Some('=')) => (Comparison::Unequal, 2),
        ('=', Some('=')) => (Comparison::Equal, 2),
        ('<', _) => (Comparison::Less, 1),
        ('>', _) => (Comparison::Greater, 1),
        ('=', _) => (Comparison::Equal, 1),
        _ => {
            return Err(mistake(
                at + sign,
                format!("`!` stands before a term: write !{name}:… or {name}!=…"),
            ));
        }
    };
    if !columns[column].is_number {
        return Err(mistake(
            at + sign,
            format!("`{name}` has texts, which are not compared: write {name}:…"),
        ));
    }
    let number: String = rest[length..].iter().collect();
    match self::number(&number) {
        Some(number) => Ok(Test::Compares(column, comparison, number)),
        None if number.is_empty() => {
            Err(mistake(at + sign + length, format!("a number is missing, as in {name}>0.8")))
        }
        None => Err(mistake(
            at + sign + length,
            format!("`{number}` is no number; `{name}` is compared with one"),
        )),
    }
}

/// A regular expression between slashes.
fn pattern(chars: &[char], at: usize) -> Result<Test, Mistake> {
    let (last, inner) = (chars.len() - 1, chars.get(1..chars.len() - 1).unwrap_or_default());
    if last == 0 || chars[last] != '/' {
        return Err(mistake(at, "the regular expression has no end: a second / is missing"));
    }
    let source: String = inner.iter().collect::<String>().replace("\\/", "/");
    let built = RegexBuilder::new(&source).case_insensitive(true).size_limit(LARGEST).build();
    built.map(Test::Pattern).map_err(|error| {
        // The last line of the crate's message has the reason; the lines before it draw the place.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_string();
        mistake(at + 1, format!("this is no regular expression: {reason}"))
    })
}

/// Text in double quotes.
fn quoted(chars: &[char], at: usize) -> Result<String, Mistake> {
    let last = chars.len() - 1;
    if last == 0 || chars[last] != '"' {
        return Err(mistake(at, "the quoted text has no end: a second \" is missing"));
    }
    Ok(chars[1..last].iter().filter(|c| **c != '"').collect())
}

/// The values after `column:`, divided by commas.
fn values(chars: &[char], at: usize, place: usize, column: Column) -> Result<Test, Mistake> {
    let name = column.names[0];
    if chars.is_empty() {
        return Err(mistake(at, format!("a value is missing after `{name}:`")));
    }
    let mut values = Vec::new();
    let mut start = 0;
    for part in divided(chars) {
        let text = match part.first() {
            Some('"') => quoted(part, at + start)?,
            _ => part.iter().collect(),
        };
        if text.is_empty() {
            return Err(mistake(at + start, format!("a value of `{name}` is missing")));
        }
        let range = text.split_once("..").map(|(from, to)| (number(from), number(to)));
        values.push(match (column.is_number, number(&text), range) {
            (true, Some(number), _) => Value::Number(number),
            (true, None, Some((Some(from), Some(to)))) => Value::Range(from, to),
            _ => Value::Text(text.to_lowercase()),
        });
        start += part.len() + 1;
    }
    Ok(Test::Is(place, values))
}

/// The parts between commas outside quotes.
fn divided(chars: &[char]) -> Vec<&[char]> {
    let mut quoted = false;
    chars
        .split(|c| {
            quoted ^= *c == '"';
            *c == ',' && !quoted
        })
        .collect()
}

/// A number; `80%` is 0.8, `20k` is 20,000.
fn number(text: &str) -> Option<f64> {
    let (digits, factor) = match text.chars().last()? {
        '%' => (text.strip_suffix('%')?, 0.01),
        'k' => (text.strip_suffix('k')?, 1e3),
        'M' => (text.strip_suffix('M')?, 1e6),
        _ => (text, 1.0),
    };
    let is_plain = digits.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    digits.parse::<f64>().ok().filter(|number| is_plain && number.is_finite()).map(|number| number * factor)
}
