//! The grid of charts, bands, zoom, filter, and what can be undone.

use ratatui::buffer::Buffer;

use crate::plot::track::Along;
use crate::tui::curves::Metric;
use crate::tui::grouping::Grouping;
use crate::tui::widgets::chart;

use super::super::state::Envelope;
use super::super::{charts::Panel, grid, layout};
use super::*;

fn train(state: &State) -> &Train {
    &state.screens.train
}

fn mouse(
    state: &mut State,
    kind: MouseEventKind,
    (column, row): (u16, u16),
    modifiers: crossterm::event::KeyModifiers,
) {
    app::update(state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
}

const NONE: crossterm::event::KeyModifiers = crossterm::event::KeyModifiers::NONE;

#[test]
fn a_grid_shows_several_charts_each_with_its_own_axes() {
    for (columns, rows) in [(80, 24), (200, 60), (300, 80)] {
        let mut state = on_train(columns, rows, testing::entries());
        press(&mut state, "v4");
        assert_eq!(train(&state).choices.charts.count, 4);
        let shown = screen(&state);
        for expected in ["▸", "loss", "accuracy", "F1", "gradient", "4 charts"] {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
        // Each chart has an axis of its own.
        assert!(shown.matches("└").count() >= 4, "{shown}");
        // After another key, a number goes to a screen again.
        press(&mut state, "n4");
        assert_eq!(state.tab, Tab::Confusion);
    }
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "v9");
    let shown = screen(&state);
    for expected in ["learning rate", "update norm", "weight norm", "seconds a step", "memory"] {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    assert_eq!(grid::cells(&state, layout::screen(&state)).len(), 9);
    // The smallest terminal shows as many as have room, and the one with the focus among them.
    let mut small = on_train(80, 24, testing::entries());
    press(&mut small, "v9nnnnnnn");
    let shown = screen(&small);
    assert!(shown.contains("of 9") && shown.contains("▸seconds a step"), "{shown}");
}

#[test]
fn enter_shows_one_chart_alone_and_all_again() {
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "v4n");
    press_code(&mut state, KeyCode::Enter);
    let shown = screen(&state);
    assert!(shown.contains("validation accuracy") && !shown.contains("training loss"), "{shown}");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("training loss"));
    press_code(&mut state, KeyCode::Enter);
    press_code(&mut state, KeyCode::Esc);
    assert!(!train(&state).choices.charts.expanded);
}

#[test]
fn one_cursor_reads_all_charts() {
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "v4jjj");
    press_code(&mut state, KeyCode::Right);
    let shown = screen(&state);
    assert!(shown.contains("┊ at 120 steps") && shown.matches('┊').count() > 40, "{shown}");
    // The selected run's gradient norm is twice its loss, and its accuracy is known.
    let panels = &train(&state).choices.charts.panels;
    let value = |metric| {
        let panel = panels.iter().find(|panel| panel.metric == metric).unwrap();
        grid::value_at(&state, 2, panel, 120.0).unwrap().value
    };
    assert_eq!(value(Metric::Gradient), 2.0 * value(Metric::Loss));
    let accuracy = format!("validation accuracy ┊ {:.1}%", 100.0 * value(Metric::Accuracy));
    assert!(shown.contains(&accuracy), "{accuracy}\n{shown}");
}

#[test]
fn values_of_curves_that_ended_before_the_cursor_say_where() {
    let mut entries = testing::entries();
    // The third run ended at half of its steps, and everything else goes on.
    entries.retain(|entry| !matches!(&entry.record, Record::Step(step) if step.run == 2 && step.step > 60));
    for (columns, alone, together) in [(80, "end", "1end"), (200, " at 60", "1 ended")] {
        let mut state = on_train(columns, if columns == 80 { 24 } else { 60 }, entries.clone());
        press(&mut state, "jjj");
        press_code(&mut state, KeyCode::Right);
        let value = |i: usize| grid::value_at(&state, i, &Panel::default(), 120.0).unwrap();
        assert_eq!((value(2).ended, value(1).ended), (Some(60.0), None));
        let row = format!("{}{}", grid::figure(&Panel::default(), value(2).value), alone);
        let shown = screen(&state).replace(" end", "end");
        assert!(shown.contains(&row), "{row}\n{shown}");
        press(&mut state, "g");
        let shown = screen(&state);
        assert_eq!(shown.matches(together).count(), 1, "{together}\n{shown}");
    }
}

#[test]
fn many_runs_are_bands_with_single_runs_on_demand() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, testing::entries());
        assert_eq!(super::super::groups::grouping(&state), Grouping::Nothing, "16 runs are few");
        press(&mut state, "g");
        let shown = screen(&state);
        for expected in ["frozen 100", "frozen 1000", "TF-IDF 100", "2×"] {
            assert!(shown.contains(expected), "{expected} at {columns}x{rows}:\n{shown}");
        }
        assert!(!shown.contains("100·1"), "single runs come on demand:\n{shown}");
        let curves = |state: &State| grid::chart(state, 0).unwrap().curves.len();
        assert_eq!(curves(&state), 8);
        // The third group, after two with two runs each, opens: its runs are drawn over its band.
        press(&mut state, "jjjjjjj");
        let shown = screen(&state);
        assert!(
            shown.contains("▾■ frozen 100") && shown.contains("100·1") && shown.contains("100·2"),
            "{shown}"
        );
        assert_eq!(curves(&state), 10);
        press(&mut state, "j");
        assert_eq!((selected(&state), curves(&state)), (Some(2), 9));
        // The first run of the group is hidden; the band has the other one alone.
        press(&mut state, " ");
        assert_eq!(curves(&state), 8);
        assert!(grid::chart(&state, 0).unwrap().curves.iter().any(|curve| curve.members.len() == 1));
    }
    // With many runs this is the usual view.
    let mut entries = testing::entries();
    let more: Vec<_> = (entries.iter())
        .filter_map(|entry| match &entry.record {
            Record::Run(start) => {
                let start = crate::session::record::RunStart {
                    run: start.run + 16,
                    seed: start.seed + 2,
                    ..start.clone()
                };
                Some(crate::session::record::Entry { at: entry.at, record: Record::Run(start) })
            }
            _ => None,
        })
        .collect();
    entries.extend(more);
    let state = on_train(200, 60, entries);
    assert!(screen(&state).contains("bands by method and labels"), "{}", screen(&state));
}

#[test]
fn a_spike_of_one_run_is_seen_in_its_band() {
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "g");
    let top = |state: &State| {
        let cell = grid::cells(state, layout::screen(state))[0];
        let mut buffer = Buffer::empty(cell.chart);
        grid::chart(state, 0).unwrap().view(&mut buffer, cell.chart);
        let plot = chart::plot(cell.chart);
        let is_dots = |(x, y): (u16, u16)| {
            buffer[(x, y)].symbol().chars().all(|c| ('\u{2801}'..='\u{28ff}').contains(&c))
        };
        (plot.y..plot.y + 4).any(|y| (plot.x..plot.right()).any(|x| is_dots((x, y))))
    };
    // Run 1 has a loss of 2.5 at step 50; all others stay below 1.
    assert!(top(&state));
    press(&mut state, "E");
    assert_eq!(train(&state).envelope, Envelope::Deviation);
    let scale = |state: &State| grid::chart(state, 0).unwrap().scale_in(screen_of(state)).unwrap();
    assert!(scale(&state).high < 2.0, "a deviation of smoothed curves is narrower");
}

fn screen_of(state: &State) -> Rect {
    grid::cells(state, layout::screen(state))[0].chart
}

#[test]
fn both_axes_are_zoomed_and_moved_by_keys() {
    let mut state = on_train(200, 60, testing::entries());
    let whole = window(&state).unwrap();
    press(&mut state, "+");
    let half = window(&state).unwrap();
    assert!((half.1 - half.0) < 0.51 * (whole.1 - whole.0));
    press(&mut state, ">>>>>>>>>>>>");
    assert!((window(&state).unwrap().1 - whole.1).abs() < 1e-9, "no further than the last point");
    press(&mut state, "<<<<<<<<<<<<<<");
    assert!((window(&state).unwrap().0 - whole.0).abs() < 1e-9);
    let range = |state: &State| train(state).choices.charts.panel().range;
    press(&mut state, "z");
    let (low, high) = range(&state).unwrap();
    press_code(&mut state, KeyCode::PageUp);
    let (up, _) = range(&state).unwrap();
    assert!(up > low && up < high);
    assert!(screen(&state).contains("zoomed"));
    press(&mut state, "0");
    assert_eq!((range(&state), window(&state)), (None, Some(whole)));
    for _ in 0..100 {
        press(&mut state, "z");
    }
    for _ in 0..2000 {
        press(&mut state, "Z");
    }
    screen(&state);
}

#[test]
fn a_logarithmic_x_axis_has_decades_and_can_be_zoomed() {
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "L");
    let shown = screen(&state);
    assert!(shown.contains("log x") && shown.contains("1 steps") && shown.contains(" 10 "), "{shown}");
    press(&mut state, "++>");
    let (low, high) = window(&state).unwrap();
    assert!(low >= 1.0 && high <= 120.0 && low < high);
    press_code(&mut state, KeyCode::Left);
    screen(&state);
}

#[test]
fn x_goes_through_all_units() {
    let mut state = on_train(200, 60, testing::entries());
    let mut seen = Vec::new();
    for expected in ["epochs", "documents", "seconds", "s of session", "steps"] {
        press(&mut state, "x");
        seen.push(train(&state).along);
        let shown = screen(&state);
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    assert_eq!(seen.last(), Some(&Along::Step));
}

#[test]
fn the_mouse_zooms_pans_and_draws_boxes() {
    use crossterm::event::KeyModifiers;
    let mut state = on_train(200, 60, testing::entries());
    press(&mut state, "v4");
    let cells = grid::cells(&state, layout::screen(&state));
    let plot = chart::plot(cells[3].chart);
    let at = |x: u16, y: u16| (plot.x + x, plot.y + y);
    let whole = window(&state).unwrap();
    mouse(&mut state, MouseEventKind::Down(MouseButton::Right), at(10, 3), NONE);
    mouse(&mut state, MouseEventKind::Drag(MouseButton::Right), at(30, 9), NONE);
    screen(&state);
    mouse(&mut state, MouseEventKind::Up(MouseButton::Right), at(30, 9), NONE);
    assert_eq!(train(&state).choices.charts.focus, 3, "a click moves the focus");
    let (low, high) = window(&state).unwrap();
    let width = f64::from(plot.width);
    let x = |column: f64| whole.0 + (whole.1 - whole.0) * column / width;
    assert!((low - x(10.0)).abs() < 1.0 && (high - x(31.0)).abs() < 1.0, "{low} {high}");
    let range = train(&state).choices.charts.panel().range.unwrap();
    // The left button moves both axes.
    mouse(&mut state, MouseEventKind::Down(MouseButton::Left), at(20, 5), NONE);
    mouse(&mut state, MouseEventKind::Drag(MouseButton::Left), at(15, 8), NONE);
    mouse(&mut state, MouseEventKind::Up(MouseButton::Left), at(15, 8), NONE);
    assert!(
        window(&state).unwrap().0 > low && train(&state).choices.charts.panel().range.unwrap().1 > range.1
    );
    // One undo brings the whole back, because movements are one change.
    press(&mut state, "u");
    assert_eq!((window(&state), train(&state).choices.charts.panel().range), (Some(whole), None));
    mouse(&mut state, MouseEventKind::ScrollUp, at(20, 5), NONE);
    assert!(window(&state).unwrap() != whole);
    mouse(&mut state, MouseEventKind::ScrollUp, at(20, 5), KeyModifiers::CONTROL);
    assert!(train(&state).choices.charts.panel().range.is_some());
    let before = window(&state).unwrap();
    mouse(&mut state, MouseEventKind::ScrollDown, at(20, 5), KeyModifiers::SHIFT);
    assert!(window(&state).unwrap().0 > before.0);
}

#[test]
fn a_click_on_a_heading_sorts_and_again_the_other_way() {
    let mut state = on_train(200, 60, testing::entries());
    let list = layout::of(&state, layout::screen(&state)).list;
    let head: Vec<char> = screen(&state).lines().nth(usize::from(list.y)).unwrap().chars().collect();
    let place = |word: &str| {
        let at = head.windows(word.len()).rposition(|part| part.iter().collect::<String>() == word);
        (at.unwrap() as u16 + 1, list.y)
    };
    for (word, name, falls) in [
        ("test", "test", true),
        ("validation", "acc", true),
        ("learns", "params", true),
        ("step", "step", true),
        ("labels", "labels", false),
        ("run", "method", false),
    ] {
        for first in [true, false] {
            mouse(&mut state, MouseEventKind::Down(MouseButton::Left), place(word), NONE);
            let expected = (super::super::sorting::column(name).unwrap(), falls == first);
            assert_eq!(train(&state).choices.sort, Some(expected), "{word}");
        }
    }
    press(&mut state, "u");
    assert_eq!(train(&state).choices.sort.map(|sort| sort.1), Some(false), "a click can be undone");
}

#[test]
fn a_span_is_marked_with_keys_and_zoomed_into() {
    let mut state = on_train(200, 60, testing::entries());
    press_code(&mut state, KeyCode::Right);
    press(&mut state, "w");
    for _ in 0..30 {
        press_code(&mut state, KeyCode::Left);
    }
    let (low, high) = (train(&state).cursor.unwrap(), train(&state).anchor.unwrap());
    screen(&state);
    press(&mut state, "w");
    let shown = window(&state).unwrap();
    assert!((shown.0 - low).abs() < 1e-9 && (shown.1 - high).abs() < 1e-9);
    assert!(train(&state).anchor.is_none());
}

#[test]
fn a_query_filters_list_and_charts_and_can_be_undone() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut state = on_train(columns, rows, testing::entries());
        press(&mut state, "/");
        assert!(screen(&state).contains("filter ▸"), "{}", screen(&state));
        press(&mut state, "frozen labels:100");
        let shown = screen(&state);
        assert!(shown.contains("2 of 16 runs"), "{shown}");
        assert_eq!((listed(&state).count(), drawn(&state).len()), (2, 2));
        press(&mut state, " acc>");
        let shown = screen(&state);
        assert!(shown.contains("! character 23: a number is missing, as in acc>0.8"), "{shown}");
        assert_eq!(listed(&state).count(), 2, "the terms before the unfinished one are in force");
        press_code(&mut state, KeyCode::Esc);
        assert_eq!(listed(&state).count(), 16);
        press(&mut state, "/meth");
        press_code(&mut state, KeyCode::Tab);
        press(&mut state, "scr");
        press_code(&mut state, KeyCode::Tab);
        press_code(&mut state, KeyCode::Enter);
        assert_eq!(state.filters.runs.text(), "method:scratch");
        assert_eq!(listed(&state).count(), 4);
        // The filter is that of all lists of runs.
        press(&mut state, "4");
        assert!(screen(&state).contains("4 runs"), "{}", screen(&state));
        press(&mut state, "2/nobody");
        let shown = screen(&state);
        assert!(shown.contains("0 of 16 runs") && shown.contains("no run fits"), "{shown}");
        press_code(&mut state, KeyCode::Up);
        assert_eq!(state.filters.runs.text(), "method:scratch");
        press_code(&mut state, KeyCode::Enter);
    }
}

#[test]
fn runs_are_hidden_pinned_drawn_alone_sorted_and_all_of_it_undone() {
    let mut state = on_train(200, 60, testing::entries());
    let order = |state: &State| listed(state).collect::<Vec<_>>();
    press(&mut state, "jjj*");
    assert_eq!(order(&state)[..3], [2, 0, 1]);
    assert!(screen(&state).contains("■*frozen"), "{}", screen(&state));
    press(&mut state, "O");
    assert_eq!(drawn(&state).len(), 1);
    assert!(screen(&state).contains("1 drawn"));
    press(&mut state, "O");
    assert_eq!(drawn(&state).len(), 16);
    // By test accuracy, the largest first; pinned runs stay at the top.
    for _ in 0..7 {
        press(&mut state, "c");
    }
    assert!(screen(&state).contains("test ↓"), "{}", screen(&state));
    assert_eq!(order(&state)[..2], [2, 15]);
    press(&mut state, "C");
    assert!(screen(&state).contains("test ↑"));
    // A pinned run is drawn even if the filter leaves it out.
    press(&mut state, "/tf-idf");
    press_code(&mut state, KeyCode::Enter);
    assert_eq!(order(&state)[0], 2);
    assert_eq!(order(&state).len(), 5);
    press(&mut state, " ");
    press(&mut state, &"u".repeat(30));
    assert_eq!(order(&state), (0..16).collect::<Vec<_>>());
    assert_eq!(train(&state).choices, super::super::choices::Choices::default());
    press(&mut state, &"U".repeat(30));
    assert_eq!((order(&state)[0], state.filters.runs.text().as_str()), (2, "tf-idf"));
}

#[test]
fn norms_of_layers_are_charts() {
    let mut state = on_train(200, 60, testing::entries());
    state.screens.train.choices.charts.panels[0] = Panel { metric: Metric::Weights, ..Panel::default() };
    assert!(screen(&state).contains("weight norm"));
    press(&mut state, "MM");
    let shown = screen(&state);
    assert!(shown.contains("weight norm · lstm"), "{shown}");
    press(&mut state, "mm");
    assert!(train(&state).choices.charts.panel().layer.is_none());
    // Recorded sessions have no norms, so the key does not offer them.
    let mut entries = testing::entries();
    for entry in &mut entries {
        if let Record::Step(step) = &mut entry.record {
            step.layers = Box::default();
        }
    }
    let state = on_train(200, 60, entries);
    assert!(
        state.curves.metrics(&state.history).all(|metric| !metric.is_of_layers() && !metric.is_of_machine())
    );
}

#[test]
fn what_is_measured_of_the_process_is_drawn_against_the_session() {
    let mut state = on_train(200, 60, testing::entries_while_training());
    press(&mut state, "v9");
    assert!(screen(&state).contains("measured only while"), "{}", screen(&state));
    for second in 0..20 {
        state.curves.measure(f64::from(second), 3e8 + 1e7 * f64::from(second), 1.5);
    }
    let shown = screen(&state);
    assert!(!shown.contains("measured only while") && shown.contains("s of session"), "{shown}");
    assert!(super::super::shows_machine(&state));
}
