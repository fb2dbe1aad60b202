use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::data::image::Image;
use crate::session::record::TRAINING;
use crate::train::protocol::command::{Id, Learned, Question, Sight};
use crate::train::protocol::event::{Answer, Guess, Mistake, Shown};
use crate::tui::action::{Action, Effect};
use crate::tui::app;
use crate::tui::folders::Completion;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::testing::{entries, entries_of_images, live, press, press_code, replay, screen};
use crate::tui::theme::Theme;
use crate::tui::widgets::pixels::HOLE;

/// The screen of an image session, and the question that it asked.
fn at_images(columns: u16, rows: u16) -> (State, Id, Question) {
    let mut state = live(columns, rows, entries_of_images());
    let asked = questions(&press(&mut state, "7"));
    state.toasts.clear();
    let [(id, question)] = &asked[..] else { panic!("{asked:?}") };
    (state, *id, question.clone())
}

fn image(light: u8) -> Image {
    Image { width: 28, height: 28, channels: 1, pixels: vec![light; 28 * 28] }
}

/// The answer to a question about a set of a hundred images, of which every second one belongs to the second class.
fn page(question: &Question) -> Answer {
    let Question::Images { first, count, class, .. } = question else { panic!("{question:?}") };
    let shown = |at: usize| Shown {
        image: image((at * 2) as u8),
        number: at * 3,
        class: class.unwrap_or(at % 2),
        name: format!("photo-{at}\x1b[2J.png"),
    };
    Answer::Images { of: 100, first: *first, list: (*first..(first + count).min(100)).map(shown).collect() }
}

fn tick(state: &mut State, seconds: f64) -> Vec<(Id, Question)> {
    let now = state.now + seconds;
    questions(&app::update(state, Action::Tick(now)))
}

#[test]
fn the_set_is_seen_page_by_page_and_class_by_class() {
    let (mut state, id, question) = at_images(80, 24);
    let Question::Images { set, class: None, first: 0, count } = &question else { panic!("{question:?}") };
    assert_eq!((set.as_str(), *count), ("test", 8));
    answer(&mut state, id, page(&question));
    let shown = screen(&state);
    assert!(shown.contains("Images of test · all classes") && shown.contains("1 of 100"), "{shown}");
    assert_eq!(shown.matches('▸').count(), 1, "one is selected: {shown}");
    assert!(shown.contains("negative") && shown.contains("▀▀▀") && shown.contains("92 below"), "{shown}");
    assert!(!shown.contains('\x1b') && shown.contains("photo-0"), "{shown}");
    assert!(questions(&press_code(&mut state, KeyCode::Right)).is_empty(), "it is on this page");
    let asked = questions(&press_code(&mut state, KeyCode::PageDown));
    let [(id, question @ Question::Images { first: 8, .. })] = &asked[..] else { panic!("{asked:?}") };
    answer(&mut state, *id, page(question));
    assert!(screen(&state).contains("10 of 100"), "{}", screen(&state));
    let asked = questions(&press(&mut state, "c"));
    assert!(matches!(&asked[..], [(_, Question::Images { class: Some(0), first: 0, .. })]), "{asked:?}");
    let asked = questions(&press(&mut state, "s"));
    let [(_, Question::Images { set, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(set, "by hand");
    let asked = questions(&press(&mut state, "s"));
    let [(_, Question::Images { set, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(set, TRAINING);
    // The footer has room for the keys that work only in this view.
    assert!(screen(&state).contains("c class  s set"), "{}", screen(&state));
}

#[test]
fn layers_show_what_they_see_of_the_selected_image_for_the_network_or_a_run() {
    let (mut state, id, question) = at_images(200, 60);
    answer(&mut state, id, page(&question));
    press_code(&mut state, KeyCode::Right);
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::FeatureMaps { of: Learned::Pretrained, layer: 0, image: seen })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(*seen, Sight::Nth { set: "test".into(), number: 3 });
    let layers: Vec<String> = ["stem", "block 1"].map(String::from).to_vec();
    answer(&mut state, *id, Answer::FeatureMaps { layers, maps: vec![image(9); 16] });
    assert!(screen(&state).contains("What layer stem sees (1 of 2) · the pre-trained network"));
    let asked = questions(&press(&mut state, "l"));
    assert!(matches!(&asked[..], [(_, Question::FeatureMaps { layer: 1, .. })]), "{asked:?}");
    let asked = questions(&press(&mut state, "r"));
    assert!(matches!(&asked[..], [(_, Question::FeatureMaps { of: Learned::Run(_), .. })]), "{asked:?}");
    let asked = questions(&press(&mut state, "f"));
    let [(id, Question::Filters { of: Learned::Run(_) })] = &asked[..] else { panic!("{asked:?}") };
    answer(&mut state, *id, Answer::Filters(vec![image(200); 300]));
    let shown = screen(&state);
    assert!(shown.contains("Filters of the first layer") && shown.contains("1 of 300"), "{shown}");
    assert!(!tick(&mut state, 4.0).is_empty(), "filters are looked at again while the runs learn");
}

#[test]
fn a_confusion_cell_opens_its_images_and_escape_leads_back() {
    let mut state = live(80, 24, entries_of_images());
    press(&mut state, "4l");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Mistakes { run: 0, truth: 0, guess: 1, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(state.tab, Tab::Images);
    let mistake = |i: u8| Mistake {
        image: image(i),
        name: format!("{i}.png"),
        set: "by hand".into(),
        number: usize::from(i) + 7,
        confidence: 0.99,
    };
    answer(&mut state, *id, Answer::Mistakes((0..5).map(mistake).collect()));
    let shown = screen(&state);
    assert!(shown.contains("negative taken for positive") && shown.contains("99 % sure"), "{shown}");
    // The feature maps of the run that made the mistake.
    press_code(&mut state, KeyCode::Right);
    let asked = questions(&press(&mut state, "m"));
    let [(_, Question::FeatureMaps { of: Learned::Run(0), image: seen, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(*seen, Sight::Nth { set: "by hand".into(), number: 8 });
    press_code(&mut state, KeyCode::Esc);
    assert!(matches!(&tick(&mut state, 0.2)[..], [(_, Question::Mistakes { .. })]));
    press_code(&mut state, KeyCode::Esc);
    assert_eq!(state.tab, Tab::Confusion);
    // A text session shows the documents beside the confusion matrix as before.
    let mut text = live(80, 24, entries());
    press(&mut text, "4l");
    assert!(matches!(
        &questions(&press_code(&mut text, KeyCode::Enter))[..],
        [(_, Question::Examples { .. })]
    ));
}

fn judge(state: &mut State, id: Id, class: usize) {
    let runs: Vec<usize> = state.history.runs.iter().map(|run| run.start.run).collect();
    for run in &runs {
        let mut probabilities = vec![0.1, 0.1];
        probabilities[class] = 0.9;
        let (guess, last) = (Guess { probabilities, words: Vec::new() }, run == &runs[runs.len() - 1]);
        answer(state, id, Answer::Classified { run: *run, guess, last });
    }
}

#[test]
fn every_stroke_is_judged_after_a_moment_and_the_newest_answer_wins() {
    let (mut state, ..) = at_images(80, 24);
    assert!(questions(&press(&mut state, "w")).is_empty(), "there is nothing to judge");
    press(&mut state, " ");
    assert!(tick(&mut state, 0.01).is_empty(), "the hand is still moving");
    let asked = tick(&mut state, 4.0);
    let [(first, Question::ClassifyImage { image })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(image.pixels.len(), 28 * 28);
    judge(&mut state, *first, 0);
    assert!(screen(&state).contains("negative") && screen(&state).contains("90.0 %"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Right);
    press(&mut state, " ");
    let second = tick(&mut state, 0.2)[0].0;
    judge(&mut state, *first, 0);
    judge(&mut state, second, 1);
    assert!(
        !screen(&state).contains("negative") && screen(&state).contains("positive"),
        "{}",
        screen(&state)
    );
    // Show the feature maps of the drawing, and return to the pad.
    assert!(matches!(&questions(&press(&mut state, "m"))[..], [(_, Question::FeatureMaps { .. })]));
    press_code(&mut state, KeyCode::Esc);
    assert!(screen(&state).contains("Draw with the mouse"), "{}", screen(&state));
    assert!(matches!(&tick(&mut state, 0.2)[..], [(_, Question::ClassifyImage { .. })]));
    press(&mut state, "x");
    assert!(!screen(&state).contains("positive"));
    assert!(tick(&mut state, 0.2).is_empty());
}

#[test]
fn the_mouse_draws_where_it_points_at_every_size() {
    for (columns, rows) in [(80, 24), (200, 60), (300, 80)] {
        let (mut state, ..) = at_images(columns, rows);
        press(&mut state, "w");
        let lines: Vec<String> = screen(&state).lines().map(String::from).collect();
        let row = lines.iter().position(|line| line.contains("▀▀▀▀")).unwrap() as u16;
        let mut point = |kind, column, row| {
            let modifiers = KeyModifiers::NONE;
            app::update(&mut state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
        };
        point(MouseEventKind::Down(MouseButton::Left), 1, row);
        point(MouseEventKind::Drag(MouseButton::Left), 15, row);
        let pixels = state.screens.images.pad.as_ref().unwrap().image.pixels.clone();
        assert!(pixels[..7].iter().all(|pixel| *pixel == 255), "{columns}×{rows}: {:?}", &pixels[..28]);
        assert!(pixels[20 * 28..].iter().all(|pixel| *pixel == 0));
        let modifiers = KeyModifiers::NONE;
        let kind = MouseEventKind::Down(MouseButton::Right);
        app::update(&mut state, Action::Mouse(MouseEvent { kind, column: 1, row, modifiers }));
        assert_eq!(state.screens.images.pad.as_ref().unwrap().image.pixels[0], 0);
    }
}

#[test]
fn a_stroke_that_comes_in_from_outside_begins_at_the_edge() {
    let (mut state, ..) = at_images(80, 24);
    press(&mut state, "wb");
    let row = screen(&state).lines().position(|line| line.contains("▀▀▀▀")).unwrap() as u16;
    let mut point = |kind, column, row| {
        let modifiers = KeyModifiers::NONE;
        app::update(&mut state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
    };
    let (down, drag) = (MouseEventKind::Down(MouseButton::Left), MouseEventKind::Drag(MouseButton::Left));
    point(down, 1, row);
    point(MouseEventKind::Up(MouseButton::Left), 1, row);
    // The button is pressed beside the pad, and the mouse moves along a lower row to its left part.
    point(down, 70, row + 4);
    point(drag, 10, row + 4);
    point(drag, 8, row + 4);
    point(drag, 70, row + 4);
    point(drag, 6, row + 8);
    let pixels = state.screens.images.pad.as_ref().unwrap().image.pixels.clone();
    let inked = |rows: std::ops::Range<usize>| {
        pixels[rows.start * 28..rows.end * 28].iter().filter(|pixel| **pixel == 255).count()
    };
    let (all, stroke) = (inked(0..28), inked(6..12));
    // The stroke begins neither at the last position of the pen nor where the mouse left the pad.
    assert!((1..60).contains(&stroke) && inked(4..5) == 0 && inked(14..15) == 0, "{stroke} of {all}");
}

#[test]
fn a_file_is_typed_completed_and_judged() {
    let (mut state, ..) = at_images(80, 24);
    press(&mut state, "/photos/a");
    let effects = press_code(&mut state, KeyCode::Tab);
    assert!(matches!(&effects[..], [Effect::Complete(typed)] if typed == "photos/a"), "{effects:?}");
    let paths = ["photos/ant-1.jpg", "photos/ant-2.jpg"].map(String::from).to_vec();
    let completion = Completion { typed: "photos/ant-".into(), paths, count: 70, ..Completion::default() };
    app::update(&mut state, Action::Completed(completion));
    assert_eq!(state.screens.images.path.text(), "photos/ant-");
    assert!(screen(&state).contains("ant-1.jpg · ant-2.jpg … and 68 more"), "{}", screen(&state));
    press(&mut state, "1.jpg");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Top { path, count: 5, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(path, std::path::Path::new("photos/ant-1.jpg"));
    let list = vec![("ant\x1b".to_string(), 0.7), ("bee".to_string(), 0.2)];
    answer(&mut state, *id, Answer::Top { image: image(90), list });
    let shown = screen(&state);
    assert!(shown.contains("70.0 %") && shown.contains("bee") && !shown.contains('\x1b'), "{shown}");
    // An answer belongs to its path: it disappears when the path changes.
    let asked = questions(&press(&mut state, "/"));
    let list = vec![("ant".to_string(), 0.7)];
    answer(&mut state, asked[0].0, Answer::Top { image: image(90), list });
    assert!(screen(&state).contains("70.0 %"));
    press(&mut state, "x");
    assert!(!screen(&state).contains("70.0 %"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Backspace);
    press_code(&mut state, KeyCode::Enter);
    let asked = questions(&press(&mut state, "m"));
    let [(id, Question::FeatureMaps { image: Sight::File(_), .. })] = &asked[..] else { panic!("{asked:?}") };
    answer(&mut state, *id, Answer::Unknown("photos/ant-1.jpg is no image.".into()));
    assert!(screen(&state).contains("is no image"));
}

#[test]
fn without_images_or_networks_a_sentence_says_why() {
    let mut text = live(80, 24, entries());
    assert!(!screen(&text).contains("Images") && press(&mut text, "7").is_empty());
    assert_ne!(text.tab, Tab::Images, "a session of text has no such screen");
    app::update(&mut text, Action::Show(Tab::Images));
    assert!(questions(&press(&mut text, "dfw /")).is_empty());
    assert!(screen(&text).contains("The session in front is of text"), "{}", screen(&text));
    let mut recorded = replay(80, 24, entries_of_images());
    assert!(questions(&press(&mut recorded, "7")).is_empty());
    assert!(screen(&recorded).contains("A recording holds figures only"), "{}", screen(&recorded));
    // Keys without an effect are not offered, and none opens a field that is not visible.
    press(&mut recorded, "/w");
    assert!(
        !recorded.screens.images.path.active && !screen(&recorded).contains("w draw"),
        "{}",
        screen(&recorded)
    );
    // An image session has no screens for words and texts. Whoever is on such a screen when the session begins reads
    // why.
    let mut images = live(80, 24, entries_of_images());
    let tab = images.tab;
    assert!(press(&mut images, "36").is_empty() && images.tab == tab);
    let shown = screen(&images);
    assert!(!shown.contains("3 Words") && !shown.contains("6 Try") && shown.contains("7 Images"), "{shown}");
    for (tab, told) in [
        (Tab::Try, "screen 7 has a pad"),
        (Tab::Words, "Word vectors are explored here"),
        (Tab::Label, "Texts are labelled here"),
    ] {
        app::update(&mut images, Action::Show(tab));
        let shown = screen(&images);
        assert!(shown.contains(told) && !shown.contains("/ type"), "{shown}");
        assert!(press(&mut images, "/abdkc").is_empty(), "no key does anything unseen");
    }
    // The keys for the next and the previous screen skip them.
    let (mut seen, mut there) = (Vec::new(), Tab::ALL.to_vec());
    there.retain(|tab| ![Tab::Words, Tab::Try, Tab::Label, Tab::Tour].contains(tab));
    for _ in 0..there.len() {
        press_code(&mut images, KeyCode::Tab);
        seen.push(images.tab);
    }
    seen.sort_by_key(|tab| tab.number());
    assert_eq!(seen, there);
}

#[test]
fn without_colours_images_are_shades_and_the_pad_is_still_drawn_on() {
    let (mut state, id, question) = at_images(80, 24);
    state.theme = Theme::PLAIN;
    answer(&mut state, id, page(&question));
    press_code(&mut state, KeyCode::PageDown);
    assert!(!screen(&state).contains('▀'), "{}", screen(&state));
    press(&mut state, "w ");
    assert!(screen(&state).contains('█') && screen(&state).contains('+'), "{}", screen(&state));
}

#[test]
fn images_are_left_to_a_terminal_with_graphics_of_its_own() {
    let (mut state, id, question) = at_images(80, 24);
    answer(&mut state, id, page(&question));
    assert!(app::images(&state).is_empty() && screen(&state).contains('▀'));
    state.graphics = true;
    let shown = screen(&state);
    assert!(!shown.contains('▀') && shown.contains("negative"), "{shown}");
    let holes = |state: &State| screen(state).matches(HOLE).count();
    let placed = app::images(&state);
    assert_eq!(placed.len(), 8);
    let cells: usize = placed.iter().map(|placed| placed.area.area() as usize).sum();
    assert_eq!(holes(&state), cells);
    assert_eq!(placed[3].image, &image(6));
    // A window over the images covers their cells.
    press(&mut state, "?");
    assert!(holes(&state) < cells);
    press_code(&mut state, KeyCode::Esc);
    // The pad is drawn with characters, and other screens have no images.
    press(&mut state, "w ");
    assert!(app::images(&state).is_empty() && screen(&state).contains('▀'));
    press(&mut state, "1");
    assert!(app::images(&state).is_empty() && holes(&state) == 0);
    // An image in a file.
    press(&mut state, "7");
    let typed = press(&mut state, "/a.jpg");
    assert!(questions(&typed).is_empty());
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    answer(&mut state, asked[0].0, Answer::Top { image: image(90), list: vec![("ant".into(), 0.7)] });
    assert_eq!(app::images(&state).len(), 1);
    assert_eq!(holes(&state), app::images(&state)[0].area.area() as usize);
    press(&mut state, "/");
    state.graphics = false;
    assert!(app::images(&state).is_empty());
}

#[test]
fn what_could_not_be_answered_is_asked_again_by_itself() {
    let (mut state, id, question) = at_images(80, 24);
    answer(&mut state, id, Answer::Unknown("the images are still being read".into()));
    assert!(screen(&state).contains("still being read"), "{}", screen(&state));
    assert!(tick(&mut state, 0.5).is_empty(), "not at once");
    let asked = tick(&mut state, 4.0);
    let [(id, again @ Question::Images { .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*again, question);
    answer(&mut state, *id, page(again));
    assert!(screen(&state).contains("1 of 100"), "{}", screen(&state));
    assert!(tick(&mut state, 4.0).is_empty(), "it is answered");
}

#[test]
fn the_pad_has_an_edge_and_all_its_judges_can_be_seen() {
    let (mut state, ..) = at_images(80, 24);
    for number in 100..130 {
        let mut run = state.history.runs[0].clone();
        run.start.run = number;
        state.history.runs.push(run);
    }
    press(&mut state, "w");
    let shown = screen(&state);
    assert!(shown.lines().filter(|line| line.starts_with('▕') && line.contains('▏')).count() >= 4, "{shown}");
    let area = super::whole_body(&state);
    let (rows, count) = super::draw::judges(&state, area);
    assert!(count > rows, "{count} in {rows}: some are left out, or this shows nothing");
    assert!(shown.contains("below (page down"), "{shown}");
    assert!(shown.contains("labels·seed sees") && shown.contains("sure"), "{shown}");
    for _ in 0..count {
        press_code(&mut state, KeyCode::PageDown);
    }
    let shown = screen(&state);
    assert!(shown.contains("above (page down") && !shown.contains("below"), "{shown}");
    press_code(&mut state, KeyCode::PageUp);
    for _ in 0..count {
        press_code(&mut state, KeyCode::PageUp);
    }
    assert!(screen(&state).contains("below (page down"));
}
