//! Predictions for images.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::cli::global::Global;
use crate::cli::out::{self, Out};
use crate::cli::table::Table;
use crate::cli::trained::{Label, decided, top};
use crate::data::image::Image;
use crate::data::images::{self, Loose};
use crate::error::{Error, Result, counted, printable};
use crate::files;
use crate::models::image_network::Workspace;
use crate::transfer::predictor::images::ImagePredictor;

use super::Args;
use super::columns::{self, OutKind};
use super::going::Going;

/// The minimum width of a file name, in terminal columns.
const LEAST_FILE: usize = 12;

/// The prediction for an image.
#[derive(Debug, Serialize)]
struct Prediction {
    image: PathBuf,
    labels: Vec<Label>,
}

/// Prints the most probable classes of each image, or writes them to the file `--out`. An image that cannot be read is
/// reported on standard error; the others are predicted, and the exit code is then a failure.
///
/// # Errors
/// When no image can be read or the output cannot be written.
pub fn predict(
    args: &Args,
    predictor: &ImagePredictor,
    pool: &rayon::ThreadPool,
    global: &Global,
) -> Result<ExitCode> {
    let (mut out, mut all, mut asked, mut read) = (Out::new(), Vec::new(), 0, 0);
    let mut table = args.out.as_ref().map(|_| Vec::new());
    let classes = &predictor.classes;
    let count = if args.out.is_some() { classes.len() } else { args.count };
    let mut going = Going::new(args, None, "image", "images", global.json);
    let mut take = |images: Vec<Loose>, going: &mut Going, done: f64| -> Result<()> {
        asked += images.len();
        let one = args.examples.len() == 1 && images.len() == 1;
        let say = |(name, image): Loose| match image {
            Ok(image) => Ok(say(predictor, name, &image, (count, args.threshold))),
            Err(error) => Err((name, error)),
        };
        let said: Vec<std::result::Result<Prediction, (String, Error)>> =
            pool.install(|| images.into_par_iter().map(say).collect());
        let seen: Vec<&Prediction> = said.iter().flatten().collect();
        going.on_to(said.len(), done);
        let mut lines = lines(&seen, args.count, out::width()).into_iter();
        for said in said {
            match said {
                // For a single image the error is the result of the command.
                Err((_, error)) if one => return Err(error),
                Err((name, error)) => {
                    going.say(&format!("warmstart: {error}"));
                    // An unreadable image also gets a row in the output file, with empty columns, as an unreadable text
                    // does.
                    if let Some(rows) = &mut table {
                        rows.push(Prediction { image: name.into(), labels: Vec::new() });
                    }
                }
                Ok(said) => {
                    read += 1;
                    if let Some(rows) = &mut table {
                        rows.push(said);
                    } else if global.json {
                        all.push(said);
                    } else if one {
                        let mut table = Table::new(&["class", ">probability"]);
                        for label in said.labels.into_iter().take(args.count) {
                            table.row([printable(&label.label), format!("{:.4}", label.probability)]);
                        }
                        out.lines(&table.lines())?;
                    } else {
                        lines.next().map_or(Ok(()), |line| out.line(&line))?;
                    }
                }
            }
        }
        Ok(())
    };
    let mut lost = 0;
    for (number, path) in args.examples.iter().enumerate() {
        let done = number as f64 / args.examples.len() as f64;
        let mut take = |images| take(images, &mut going, done);
        let images =
            pool.install(|| images::each_image(Path::new(path), predictor.preparation.bound(), &mut take));
        match images {
            Err(error) if args.examples.len() == 1 => return Err(error),
            Err(error) => {
                lost += 1;
                going.say(&format!("warmstart: {error}"));
            }
            Ok(()) => {}
        }
    }
    going.end();
    if read == 0 {
        return Err(Error::request(
            "no image could be read",
            "name image files, or a folder or archive with some",
        ));
    }
    if let (Some(path), Some(rows)) = (&args.out, &table) {
        write(path, classes, rows)?;
        out::tell(&format!("{}: {}", path.display(), counted(rows.len(), "image", "images")));
    } else if global.json {
        out.json(&all)?;
    }
    out.finish()?;
    Ok(if read == asked && lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes one row per image: its name, the predicted class and its probability, and the probability of every class.
fn write(path: &Path, classes: &[String], rows: &[Prediction]) -> Result<()> {
    let kind = OutKind::of(path)?;
    files::save_packed(path, |to| match kind {
        OutKind::Csv => {
            let mut to = csv::Writer::from_writer(to);
            to.write_record(["image".to_string()].into_iter().chain(columns::names(classes)))?;
            for row in rows {
                let image = [row.image.display().to_string()];
                to.write_record(image.into_iter().chain(columns::fields(&row.labels, classes)))?;
            }
            to.flush()
        }
        OutKind::JsonLines => {
            for row in rows {
                let mut object = Map::new();
                object.insert("image".into(), row.image.display().to_string().into());
                columns::insert(&mut object, &row.labels, classes);
                writeln!(to, "{}", Value::Object(object))?;
            }
            Ok(())
        }
    })
}

fn say(
    predictor: &ImagePredictor,
    name: String,
    image: &Image,
    (count, threshold): (usize, Option<f32>),
) -> Prediction {
    let probabilities = predictor.probabilities(image, &mut Workspace::default());
    Prediction {
        image: name.into(),
        labels: decided(top(&predictor.classes, &probabilities, count), threshold),
    }
}

/// One line per image: its file and its predicted classes. If the terminal has `columns` columns, long file names are
/// shortened in the middle, so that the classes are aligned and visible.
fn lines(said: &[&Prediction], count: usize, columns: Option<usize>) -> Vec<String> {
    let answer = |said: &Prediction| {
        let labels = said.labels.iter().take(count);
        let labels: Vec<String> =
            labels.map(|label| format!("{} {:.4}", printable(&label.label), label.probability)).collect();
        labels.join(", ")
    };
    let rows: Vec<(String, String)> =
        (said.iter()).map(|said| (printable(&said.image.display().to_string()), answer(said))).collect();
    let Some(columns) = columns else {
        return rows.into_iter().map(|(file, answer)| format!("{file}: {answer}")).collect();
    };
    let widest = |pick: fn(&(String, String)) -> &String| rows.iter().map(|row| pick(row).width()).max();
    let (files, answers) = (widest(|row| &row.0).unwrap_or(0), widest(|row| &row.1).unwrap_or(0));
    let room = files.min(columns.saturating_sub(answers + 2).max(LEAST_FILE));
    let row = |(file, answer): &(String, String)| {
        let file = shortened(file, room);
        let space = " ".repeat(room.saturating_sub(file.width()));
        format!("{file}{space}  {answer}")
    };
    rows.iter().map(row).collect()
}

/// `text` in at most `columns` columns. The part that is left out of the middle becomes `…`. More is kept of the end,
/// because the end of a path says more than its beginning.
fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_string();
    }
    let room = columns.saturating_sub(1);
    let take = |letters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut left = room;
        let fits = |c: &char| match left.checked_sub(c.width().unwrap_or(0)) {
            None => false,
            Some(rest) => {
                left = rest;
                true
            }
        };
        letters.take_while(fits).collect::<String>()
    };
    let head = take(&mut text.chars(), room / 4);
    let tail: String = take(&mut text.chars().rev(), room - head.width()).chars().rev().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_below_each_other_within_the_screen() {
        let said = |file: &str, label: &str| Prediction {
            image: file.into(),
            labels: vec![Label { label: label.into(), probability: 0.5 }],
        };
        let folder =
            "/a/very/long/path/to/the/photos/of/a/holiday/in/the/mountains/that/nobody/wants/to/read";
        let photos = [
            said(&format!("{folder}/IMG_0001.jpg"), "tabby"),
            said(&format!("{folder}/山の写真.jpg"), "alp"),
            said("b.jpg", "Egyptian cat"),
        ];
        let photos: Vec<&Prediction> = photos.iter().collect();
        let shown = lines(&photos, 1, Some(80));
        assert!(
            shown[0].starts_with("/a/very/lo")
                && shown[0].contains("…")
                && shown[0].contains("IMG_0001.jpg  tabby"),
            "{shown:?}"
        );
        assert!(shown[2].starts_with("b.jpg   "), "{shown:?}");
        for (line, label) in shown.iter().zip(["tabby", "alp", "Egyptian"]) {
            assert!(line.width() <= 80, "{line}");
            assert_eq!(line[..line.find(label).unwrap()].width(), 80 - "Egyptian cat 0.5000".len());
        }
        // Short names keep their width. Without a terminal, the whole path is printed.
        assert_eq!(lines(&photos[2..], 1, Some(80)), ["b.jpg  Egyptian cat 0.5000"]);
        assert_eq!(lines(&photos[..1], 1, None), [format!("{folder}/IMG_0001.jpg: tabby 0.5000")]);
    }
}
