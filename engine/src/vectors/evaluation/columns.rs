//! The columns of a list of word pairs: how a line is split, and which fields are the words and the score.

/// A line, split into fields.
pub struct Row {
    pub fields: Vec<String>,
    /// Whether it was split at commas and no field was quoted.
    plain_commas: bool,
}

/// Splits a line at tabs, semicolons, commas or spaces: at the first of these that gives at least three fields.
pub fn split(line: &str) -> Row {
    for delimiter in ['\t', ';', ','] {
        let fields = cut(line, delimiter);
        if fields.len() >= 3 {
            return Row { fields, plain_commas: delimiter == ',' && !line.contains('"') };
        }
    }
    let not_empty = |fields: Vec<String>| fields.into_iter().filter(|field| !field.is_empty()).collect();
    let mut fields: Vec<String> = not_empty(cut(&line.replace('\t', " "), ' '));
    if fields.len() < 3 {
        fields = not_empty(line.split([' ', '\t', ',', ';']).map(String::from).collect());
    }
    Row { fields, plain_commas: false }
}

/// The fields between `delimiter`s, which may be quoted.
fn cut(line: &str, delimiter: char) -> Vec<String> {
    if line.contains('"') {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter as u8)
            .buffer_capacity(line.len().max(1))
            .from_reader(line.as_bytes());
        if let Some(Ok(record)) = reader.records().next() {
            return record.iter().map(|field| field.trim().to_string()).collect();
        }
    }
    line.split(delimiter).map(|field| field.trim().to_string()).collect()
}

impl Row {
    /// Whether the score may be split into two fields because it has a decimal comma.
    pub fn maybe_decimal_comma(&self) -> bool {
        self.plain_commas && self.fields.len() == 4 && self.fields[2..].iter().all(|field| digits(field))
    }
}

fn digits(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number, with a decimal point or comma.
fn number(field: &str) -> Option<f64> {
    let parsed = match field.split_once(',') {
        Some((whole, rest)) if digits(rest) && !whole.contains('.') => format!("{whole}.{rest}").parse(),
        _ => field.parse(),
    };
    parsed.ok().filter(|number: &f64| number.is_finite())
}

/// The fields that hold the words and the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// The fields of the first line, if they are headings.
    pub headings: Option<Vec<String>>,
    /// Whether the headings name the columns of the words.
    recognised: bool,
    words: Option<[usize; 2]>,
    score: Option<usize>,
}

/// The beginnings of headings of word columns.
const WORDS: [&str; 5] = ["word", "wort", "mot", "term", "palabra"];
/// Parts of headings of score columns.
const SCORES: [&str; 11] = [
    "simlex",
    "score",
    "mean",
    "average",
    "avg",
    "rating",
    "similarity",
    "relatedness",
    "human",
    "gold",
    "judg",
];
/// The beginnings of headings of a score's spread.
const SPREADS: [&str; 4] = ["sd", "std", "var", "dev"];

impl Columns {
    /// Finds the columns from the first line of a list.
    pub fn of_first_line(row: &Row) -> Columns {
        let plain =
            |name: &String| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let names: Vec<String> = row.fields.iter().map(plain).collect();
        let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..names.len()).filter(|&place| is(&names[place])).collect()
        };
        let begins = |name: &str, starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
        let words = places(&|name| begins(name, &WORDS) || name == "w1" || name == "w2");
        let words = if let [a, b, ..] = words[..] { Some([a, b]) } else { None };
        let taken = |place: usize| words.is_some_and(|words| words.contains(&place));
        let scores =
            places(&|name| SCORES.iter().any(|score| name.contains(score)) && !begins(name, &SPREADS));
        let score = scores.into_iter().find(|&place| !taken(place));
        let none = Columns { headings: None, recognised: false, words: None, score: None };
        if words.is_some() && score.is_some() || none.pair(row).is_none() {
            let recognised = words.is_some();
            return Columns { headings: Some(row.fields.clone()), recognised, words, score };
        }
        none
    }

    /// The words and the score of a line.
    pub fn pair<'a>(&self, row: &'a Row) -> Option<(&'a str, &'a str, f64)> {
        let fields = &row.fields;
        let is_number = |place: usize| fields.get(place).is_some_and(|field| number(field).is_some());
        // The lines may be numbered.
        let numbered = is_number(0) && !is_number(2) && (3..fields.len()).any(is_number);
        let [a, b] = self.words.unwrap_or(if numbered { [1, 2] } else { [0, 1] });
        let place = self.score.or_else(|| (a.max(b) + 1..fields.len()).find(|&place| is_number(place)))?;
        let mut score = number(fields.get(place)?)?;
        let more = self.headings.as_ref().is_some_and(|headings| fields.len() == headings.len() + 1);
        if more && row.plain_commas && place + 2 == fields.len() && digits(&fields[place + 1]) {
            // There is one field more than headings: the last score has a decimal comma.
            score = format!("{}.{}", fields[place], fields[place + 1]).parse().ok()?;
        }
        let (a, b) = (fields.get(a)?, fields.get(b)?);
        (!a.is_empty() && !b.is_empty()).then_some((a, b, score))
    }

    /// A description of what a line should hold.
    pub fn expected(&self) -> String {
        match (&self.headings, self.score) {
            (Some(headings), Some(score)) => {
                format!("two words, and a score in the column {:?}, are expected", headings[score])
            }
            _ => "two words and a score are expected".into(),
        }
    }

    /// A remark on how the headings were understood, if there are several possibilities.
    pub fn remark(&self) -> Option<String> {
        let headings = self.headings.as_ref()?;
        match self.score {
            Some(score) if headings.len() > 3 => {
                Some(format!("the scores are those of the column {:?}", headings[score]))
            }
            None if !self.recognised => {
                let shown: String = headings.join(" ").chars().take(60).collect();
                Some(format!("the first line is taken for headings: {shown:?}"))
            }
            _ => None,
        }
    }
}

/// A word without its part-of-speech tag, as in MEN: `sun-n`, `run-v`, `red-j`.
pub fn without_mark(word: &str) -> Option<&str> {
    let (stem, mark) = word.rsplit_once('-')?;
    (!stem.is_empty() && matches!(mark, "n" | "v" | "j" | "a" | "r")).then_some(stem)
}
