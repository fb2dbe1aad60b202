//! Finds out which graphics protocol the terminal supports, and its background. This must be done before any other code
//! reads from the terminal.
//!
//! It sends one query that only terminals with kitty's graphics answer, one for the size of a cell in pixels, and last
//! one that every terminal answers (*primary device attributes*). When that last answer has arrived, the others have
//! arrived or never will. The wait is limited to a fraction of a second (a second over ssh). If the user chose a
//! protocol by name, the terminal is not asked whether it supports it. Keys that the user types meanwhile are not lost.

use crossterm::event::Event;

use super::canvas::Canvas;
use super::{GraphicsChoice, Protocol, typed};

const KITTY: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
const CELL: &str = "\x1b[16t";
const ATTRIBUTES: &str = "\x1b[c";
const BACKGROUND: &str = "\x1b]11;?\x1b\\";

/// What is known of the terminal.
pub struct Known {
    /// The terminal's own graphics; `None` means half blocks.
    pub canvas: Option<Canvas>,
    /// Red, green and blue of the background, if it was asked for and the terminal said it.
    pub background: Option<[u8; 3]>,
    /// What the user typed meanwhile.
    pub typed: Vec<Event>,
}

/// Probes the terminal, which must be in raw mode, for the user's choice of graphics and, if `background` says so, for
/// its background. Without colours, images are drawn as shades unless a protocol was chosen by name.
pub fn probe(wish: GraphicsChoice, colours: bool, background: bool) -> Known {
    let mut bytes = Vec::new();
    let mut has_asked = false;
    // The console of Linux would print the question.
    let background = background && std::env::var_os("TERM").is_none_or(|name| name != "linux");
    let first = if background { BACKGROUND } else { "" };
    let mut ask = |question: &str| {
        has_asked = true;
        bytes = asked(&format!("{first}{question}"));
        parsed(&bytes)
    };
    let canvas = found(wish, colours, &mut ask);
    if background && !has_asked {
        bytes = asked(&format!("{BACKGROUND}{ATTRIBUTES}"));
    }
    let background = background.then(|| colour(&bytes)).flatten();
    Known { canvas, background, typed: typed::events(&bytes) }
}

/// The colour in the answer to the question for the background: `rgb:` and three hexadecimal numbers of one to four
/// digits.
fn colour(bytes: &[u8]) -> Option<[u8; 3]> {
    let text = String::from_utf8_lossy(bytes);
    let (_, answer) = text.split_once("\x1b]11;rgb:")?;
    let answer = answer.split(['\x07', '\x1b']).next()?;
    let part = |digits: &str| {
        let most = 16_u32.checked_pow(digits.len() as u32).filter(|_| (1..=4).contains(&digits.len()))? - 1;
        u32::from_str_radix(digits, 16).ok().map(|value| (value * 255 / most) as u8)
    };
    let parts: Vec<u8> = answer.split('/').map(part).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// The canvas; `ask` sends a query to the terminal.
fn found(wish: GraphicsChoice, colours: bool, ask: impl FnOnce(&str) -> Option<Told>) -> Option<Canvas> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match wish {
        GraphicsChoice::HalfBlocks => None,
        // These protocols scale images themselves, so the size of a cell is not needed.
        GraphicsChoice::Own(protocol @ (Protocol::Kitty | Protocol::Iterm2)) => {
            Some(Canvas::new(protocol, None))
        }
        GraphicsChoice::Own(Protocol::Sixel) => {
            let told = ask(&format!("{CELL}{ATTRIBUTES}")).unwrap_or_default();
            Some(Canvas::new(Protocol::Sixel, told.cell.or_else(window)))
        }
        GraphicsChoice::Auto if !colours => None,
        GraphicsChoice::Auto => {
            // tmux and screen do not know kitty's query and would show it as a window title.
            let nested = !variable("TMUX").is_empty() || !variable("STY").is_empty();
            let told = ask(&format!("{}{CELL}{ATTRIBUTES}", if nested { "" } else { KITTY }))?;
            let iterm =
                ["TERM_PROGRAM", "LC_TERMINAL"].iter().any(|name| variable(name).starts_with("iTerm"));
            let protocol = match told {
                Told { kitty: true, .. } => Protocol::Kitty,
                _ if iterm && !nested => Protocol::Iterm2,
                Told { sixel: true, .. } => Protocol::Sixel,
                _ => return None,
            };
            Some(Canvas::new(protocol, told.cell.or_else(window)))
        }
    }
}

/// The size of a cell in pixels, computed from the size of the window, if the system knows it.
fn window() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let fraction = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|fraction| *fraction > 0);
    Some((fraction(size.width, size.columns)?, fraction(size.height, size.rows)?))
}

/// What the terminal's answers say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    kitty: bool,
    sixel: bool,
    /// The size of a cell in pixels: width, height.
    cell: Option<(u16, u16)>,
}

/// Parses the bytes that arrived; `None` until the last answer is complete.
fn parsed(bytes: &[u8]) -> Option<Told> {
    let text = String::from_utf8_lossy(bytes);
    let mut told = Told { kitty: text.contains("\x1b_Gi=31;OK"), ..Told::default() };
    let mut whole = false;
    for sequence in text.split("\x1b[").skip(1) {
        let Some(end) = sequence.find(|c: char| c.is_ascii_alphabetic() || c == '~') else { continue };
        let (numbers, last) = (&sequence[..end], &sequence[end..=end]);
        match (last, numbers.strip_prefix('?')) {
            ("c", Some(attributes)) => {
                told.sixel = attributes.split(';').any(|attribute| attribute == "4");
                whole = true;
            }
            ("t", None) => {
                let size: Vec<u16> = numbers.split(';').filter_map(|number| number.parse().ok()).collect();
                if let [6, height, width] = size[..] {
                    told.cell = Some((width, height));
                }
            }
            _ => {}
        }
    }
    whole.then_some(told)
}

/// Sends a query and waits for the last answer. Returns all bytes that arrived until then, or until the time was over.
#[cfg(unix)]
fn asked(question: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A terminal that cannot be asked counts as one that gave no answer.
    let _ = ask(question, &mut bytes);
    bytes
}

#[cfg(unix)]
fn ask(question: &str, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    use std::io::{Read, Write, stdin, stdout};
    use std::os::fd::AsFd;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// How long to wait for the answers on a local terminal,
    const NEAR: Duration = Duration::from_millis(300);
    /// and over ssh.
    const FAR: Duration = Duration::from_millis(1_000);

    // Where keys come from: standard input, or the terminal device if standard input is something else.
    let own;
    let keys = stdin();
    let terminal = if rustix::termios::isatty(&keys) {
        keys.as_fd()
    } else {
        own = std::fs::File::open("/dev/tty")?;
        own.as_fd()
    };
    let mut out = stdout();
    out.write_all(question.as_bytes()).and_then(|()| out.flush())?;
    let far = ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| std::env::var_os(name).is_some());
    let until = Instant::now() + if far { FAR } else { NEAR };
    let mut reader = std::fs::File::from(terminal.try_clone_to_owned()?);
    let mut piece = [0; 256];
    while bytes.len() < 4_096 && parsed(bytes).is_none() {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        match poll(&mut ready, Some(&left)) {
            Ok(0) => break,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match reader.read(&mut piece)? {
            0 => break,
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
    Ok(())
}

/// On other systems the terminal is not asked.
#[cfg(not(unix))]
fn asked(_question: &str) -> Vec<u8> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_understood() {
        for (bytes, expected) in [
            (&b"\x1b]11;rgb:ffff/fdfd/f6f6\x1b\\\x1b[?62;c"[..], Some([255, 253, 246])),
            (b"j\x1b]11;rgb:1e/1e/1e\x07q\x1b[?62;c", Some([30, 30, 30])),
            (b"\x1b]11;rgb:f/0/8\x07", Some([255, 0, 136])),
            (b"\x1b]11;rgb:ffff/ffff\x07", None),
            (b"\x1b]11;rgb:fffff/0/0\x07", None),
            (b"\x1b]11;rgb://\x07", None),
            (b"\x1b]11;rgb:zz/00/00\x07", None),
            (b"\x1b[?62;c", None),
            (b"", None),
        ] {
            assert_eq!(colour(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn answers_of_terminals_are_understood_and_half_of_one_is_none() {
        // The answers of xterm with sixels, kitty, tmux 3.3 and foot, and keys that the user typed meanwhile.
        for (bytes, kitty, sixel, cell) in [
            ("\x1b[6;17;8t\x1b[?63;1;2;4;6;9;15;22c", false, true, Some((8, 17))),
            ("\x1b_Gi=31;OK\x1b\\\x1b[6;36;18t\x1b[?62;c", true, false, Some((18, 36))),
            ("\x1b[?1;2c", false, false, None),
            ("jq\x1b[6;21;10t\x1b[A\x1b[?62;4;22c", false, true, Some((10, 21))),
            ("\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?62;14;4c", false, true, None),
        ] {
            assert_eq!(parsed(bytes.as_bytes()), Some(Told { kitty, sixel, cell }), "{bytes:?}");
        }
        for half in ["", "\x1b", "\x1b[?62;4", "\x1b_Gi=31;OK\x1b\\", "\x1b[6;17;8t", "\x1b[99999999999;1;1t"]
        {
            assert_eq!(parsed(half.as_bytes()), None, "{half:?}");
        }
    }
}
