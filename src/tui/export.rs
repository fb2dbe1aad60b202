//! Writes what is shown to files: the screen as SVG, and its figures as CSV.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::plot::screen::{Cell, Colour, Usual, svg};

use super::action::Effect;
use super::depth;
use super::state::State;
use super::theme::contrast::luminance;
use super::watching;

/// The effect that writes the files of the screen, which looks like `image`.
pub fn files(state: &State, image: &Buffer) -> Vec<Effect> {
    let tab = state.tab.title().to_lowercase();
    let session = state.folder.as_deref().map(watching::name).or_else(|| state.replay.clone());
    let title = format!("{} · {}", session.unwrap_or_else(|| "warmstart".into()), state.tab.title());
    let mut files = vec![(format!("{tab}.svg"), drawn(state, &title, image))];
    let table = if state.tab.works(state) { state.tab.page().table(state) } else { None };
    files.extend(table.filter(|rows| rows.len() > 1).map(|rows| (format!("{tab}.csv"), csv(&rows))));
    // What another process writes is only looked at, so its folder stays as it is.
    let own = state.watch.is_none() && state.history.recipe.is_some();
    vec![Effect::Export { session: state.folder.clone().filter(|_| own), files }]
}

/// A table as CSV.
fn csv(rows: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The screen as SVG.
fn drawn(state: &State, title: &str, image: &Buffer) -> String {
    let usual = usual(state);
    svg(title, &cells(image, usual), usual)
}

/// The colours of the theme where the screen has none of its own.
pub fn usual(state: &State) -> Usual {
    const WHITE: Colour = [255; 3];
    let palette = state.theme.palette();
    let background = palette.and_then(|palette| depth::approximate(palette.background)).unwrap_or(WHITE);
    let text = palette.and_then(|palette| depth::approximate(palette.text));
    let text = text.unwrap_or(if luminance(background) > 0.179 { [26; 3] } else { [230; 3] });
    Usual { background, text }
}

/// The cells of what the screen looks like.
pub fn cells(image: &Buffer, Usual { background, text }: Usual) -> Vec<Vec<Cell>> {
    let area = image.area;
    let row = |y: u16| {
        let mut cells: Vec<Cell> = Vec::new();
        for x in 0..area.width {
            let cell = &image[(area.x + x, area.y + y)];
            let known = |colour: Color, usual: Colour| depth::approximate(colour).unwrap_or(usual);
            let reversed = cell.modifier.contains(Modifier::REVERSED);
            let (mut front, mut back) = (known(cell.fg, text), known(cell.bg, background));
            if reversed {
                (front, back) = (back, front);
            }
            cells.push(Cell {
                text: cell.symbol().to_string(),
                colour: (front != text).then_some(front),
                background: (back != background).then_some(back),
                bold: cell.modifier.contains(Modifier::BOLD),
                faint: cell.modifier.contains(Modifier::DIM),
            });
        }
        behind_wide(&mut cells);
        cells
    };
    (0..area.height).map(row).collect()
}

/// Empties the cells behind characters of two cells.
fn behind_wide(cells: &mut [Cell]) {
    use unicode_width::UnicodeWidthStr;
    for at in 1..cells.len() {
        if cells[at - 1].text.width() > 1 {
            cells[at].text.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;
    use crate::tui::screens::tab::Tab;
    use crate::tui::theme::Theme;
    use crate::tui::{app, testing};

    #[test]
    fn every_screen_can_be_written_and_those_with_figures_as_a_table_too() {
        for (entries, text) in [(testing::entries(), true), (testing::entries_of_images(), false)] {
            let mut state = testing::replay(80, 24, entries);
            let tabs: Vec<Tab> = Tab::of(&state).collect();
            for (theme, tab) in [Theme::dark(), Theme::light(), Theme::PLAIN].into_iter().cycle().zip(tabs) {
                state.theme = theme;
                app::update(&mut state, Action::Show(tab));
                testing::press_code(&mut state, crossterm::event::KeyCode::Esc);
                let effects = app::update(&mut state, Action::Export);
                let [Effect::Export { session: Some(folder), files }] = &effects[..] else {
                    panic!("{tab:?}: {effects:?}")
                };
                assert!(folder.ends_with("demo"));
                let (name, svg) = &files[0];
                assert_eq!(*name, format!("{}.svg", tab.title().to_lowercase()));
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains(tab.title()));
                let has_table =
                    matches!(tab, Tab::Train | Tab::Words | Tab::Confusion | Tab::Compare | Tab::Twin);
                assert_eq!(files.len() > 1, has_table, "{tab:?} {text}");
                for (name, table) in &files[1..] {
                    let lines: Vec<&str> = table.lines().collect();
                    assert!(name.ends_with(".csv") && lines.len() > 2, "{table}");
                }
            }
        }
    }

    #[test]
    fn the_curves_that_are_drawn_are_in_the_table_and_no_others() {
        let mut state = testing::replay(80, 24, testing::entries());
        app::update(&mut state, Action::Show(Tab::Train));
        let rows = |state: &State| state.tab.page().table(state).unwrap();
        let all = rows(&state);
        assert_eq!(all[0][..3], ["metric", "layer", "method"]);
        testing::press(&mut state, "/frozen seed:1 labels:100");
        testing::press_code(&mut state, crossterm::event::KeyCode::Enter);
        let some = rows(&state);
        assert!(some.len() > 10 && some.len() < all.len() / 8, "{} of {}", some.len(), all.len());
        assert!(some[1..].iter().all(|row| row[2] == "frozen" && row[5] == "1"));
        testing::press(&mut state, "v2");
        assert!(rows(&state).len() > some.len(), "a second chart has more curves");
    }

    #[test]
    fn nothing_is_written_into_a_session_that_another_process_trains() {
        let mut state = testing::replay(80, 24, testing::entries());
        state.watch = Some(crate::session::follow::Writer::Running);
        let effects = app::update(&mut state, Action::Export);
        assert!(matches!(&effects[..], [Effect::Export { session: None, .. }]), "{effects:?}");
        let mut state = testing::together(80, 24);
        let effects = app::update(&mut state, Action::Export);
        assert!(matches!(&effects[..], [Effect::Export { session: None, .. }]), "{effects:?}");
    }
}
