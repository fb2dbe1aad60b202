//! Image files in a folder, or in an archive read in place, with one folder per class.
//!
//! [`crate::data::layout`] decides which folders are parts and classes. In Omniglot's folders,
//! `ALPHABET/characterNN`, both names together are the class. Files are read one after another and decoded in
//! parallel. A file that cannot be decoded is skipped, and a message reports it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::data::image::Image;
use crate::data::layout::Layout;
use crate::data::members::{self, Member, Part};
use crate::data::strays::{self, Kind, Strays};
use crate::data::walk::{Item, place, walk};
use crate::error::{Error, Place, Result, counted};

use super::decode::{ENDINGS, LONGEST, UNREAD, decode};
use super::gathered::{Gathered, Reading};

/// The maximum number of files, and of their bytes, that are decoded at the same time.
pub const TOGETHER: (usize, usize) = (256, 64 << 20);
/// The maximum number of skipped files that a message names.
const NAMED: usize = 3;

/// Image files with one folder per class.
#[derive(Debug)]
pub struct Tree {
    path: PathBuf,
    layout: Layout,
    /// Class folders without an image.
    empty: Vec<(Option<Part>, String)>,
    /// Sentences on other files there that are not read.
    left_out: Vec<String>,
}

/// An image file, decoded.
type Decoded<'a> = (&'a Member, Image);
/// The name of a skipped image, and the reason.
pub type LeftOut = (String, String);

impl Tree {
    /// The labelled images among the `files` and `folders` (sorted) of the data at `path`.
    ///
    /// # Errors
    /// If there is no class folder with an image, or the layout of the folders is ambiguous.
    pub fn among(path: &Path, files: &[String], folders: &[String], mut strays: Strays) -> Result<Tree> {
        let ending =
            |name: &str| name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        let mut images = Vec::new();
        for name in files {
            match (strays::by_name(name), &ending(name)[..]) {
                (Some(kind), _) => strays.add(kind, name),
                (None, ending) if ENDINGS.contains(&ending) => images.push(name.clone()),
                (None, ending) if UNREAD.contains(&ending) => strays.add(Kind::Unread, name),
                (None, _) => strays.add(Kind::Other, name),
            }
        }
        if images.is_empty() {
            let remedy = "give every class a folder with its images";
            let problem = "no PNG, JPEG, BMP, WebP or PNM image in it";
            return Err(Error::input(path, Place::Whole, problem, remedy));
        }
        let mut layout = Layout::of(path, &images)?;
        let empty = members::empty(&layout.members, folders);
        layout.members.iter_mut().for_each(name_both);
        Ok(Tree { path: path.to_path_buf(), layout, empty, left_out: strays.told() })
    }

    /// Whether it has this part.
    pub fn has(&self, part: Part) -> bool {
        self.layout.has(part)
    }

    /// Reads a part: the requested one, or the only one, or everything if there are no parts.
    ///
    /// # Errors
    /// If the part does not exist, the folder or archive cannot be read to its end, or a class of the training set
    /// has no readable image.
    pub fn read(&self, part: Part, reading: &mut Reading) -> Result<Gathered> {
        let wanted = self.layout.part_to_read(part, &self.path)?;
        let mut out = Gathered::default();
        for (_, folder) in self.empty.iter().filter(|(of, _)| *of == wanted) {
            if part == Part::Train {
                let (file, place) = place(&self.path, folder);
                let remedy = "put images into it, or take it away";
                return Err(Error::input(file, place, "the folder of this class holds no image", remedy));
            }
            out.remarks.push(format!("{folder}: the folder of this class holds no image"));
        }
        let members: HashMap<&str, &Member> = (self.layout.members.iter())
            .filter(|member| member.part == wanted)
            .map(|member| (member.name.as_str(), member))
            .collect();
        let (mut read, mut left_out) = self.images(&members, reading)?;
        read.sort_by_key(|(member, _)| &member.name);
        let all = read.len() + left_out.len();
        for (member, image) in read {
            out.add(&member.class, member.name.clone(), image);
        }
        left_out.sort_unstable();
        if part == Part::Train {
            self.check_classes(&members, &out, &left_out)?;
        }
        out.remarks.extend(told(&left_out, all));
        out.how = self
            .layout
            .told(wanted, |member| left_out.binary_search_by(|(name, _)| name.cmp(&member.name)).is_err());
        if part == Part::Train {
            out.remarks.extend(self.layout.left_out.iter().cloned());
        }
        if part == Part::Train {
            out.remarks.extend(self.left_out.iter().cloned());
        }
        Ok(out)
    }

    /// Reads and decodes the `members`.
    fn images<'a>(
        &self,
        members: &HashMap<&str, &'a Member>,
        reading: &mut Reading,
    ) -> Result<(Vec<Decoded<'a>>, Vec<LeftOut>)> {
        let bound = reading.bound;
        let (mut read, mut left_out) = (Vec::with_capacity(members.len()), Vec::new());
        let (mut waiting, mut bytes) = (Vec::new(), 0);
        let mut empty_out = |waiting: &mut Vec<(&'a Member, Vec<u8>)>, left_out: &mut Vec<LeftOut>| {
            let decoded: Vec<_> =
                waiting.par_drain(..).map(|(member, content)| (member, decode(&content, bound))).collect();
            for (member, image) in decoded {
                match image {
                    Ok(image) => read.push((member, image)),
                    Err(problem) => left_out.push((member.name.clone(), problem)),
                }
            }
            reading.read(read.len())
        };
        walk(
            &self.path,
            LONGEST,
            |name| members.contains_key(name),
            |item| {
                let Item::File(name, content) = item else { return Ok(()) };
                let Some(&member) = members.get(name) else { return Ok(()) };
                match content {
                    Ok(content) => {
                        bytes += content.len();
                        waiting.push((member, content));
                    }
                    Err(error) => left_out.push((member.name.clone(), error.to_string())),
                }
                if waiting.len() >= TOGETHER.0 || bytes >= TOGETHER.1 {
                    bytes = 0;
                    empty_out(&mut waiting, &mut left_out)?;
                }
                Ok(())
            },
        )?;
        empty_out(&mut waiting, &mut left_out)?;
        Ok((read, left_out))
    }

    /// Returns an error for a class without any readable image.
    fn check_classes(
        &self,
        members: &HashMap<&str, &Member>,
        out: &Gathered,
        left_out: &[LeftOut],
    ) -> Result<()> {
        let read: HashSet<&String> = out.names.iter().collect();
        let lost = left_out
            .iter()
            .find(|(name, _)| members.get(name.as_str()).is_some_and(|member| !read.contains(&member.class)));
        let Some((name, problem)) = lost else { return Ok(()) };
        let (file, place) = place(&self.path, name);
        let problem = format!("{problem}, and its class has no other image that can be read");
        Err(Error::input(file, place, problem, "put images into its folder, or take it away"))
    }
}

/// The name of an Omniglot class consists of its alphabet and its number.
fn name_both(member: &mut Member) {
    let mut path = member.name.rsplit('/').skip(1);
    let (Some(character), Some(alphabet)) = (path.next(), path.next()) else { return };
    let number = character.strip_prefix("character").unwrap_or("");
    if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        member.class = format!("{alphabet}/{character}");
    }
}

/// The remark on skipped images, if there are any.
pub fn told(left_out: &[LeftOut], all: usize) -> Option<String> {
    let first: Vec<String> =
        left_out.iter().take(NAMED).map(|(name, problem)| format!("{name} ({problem})")).collect();
    let more = match left_out.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let n = left_out.len();
    (n > 0).then(|| {
        let were = if n == 1 { "was" } else { "were" };
        let of = counted(all, "image", "images");
        format!("{n} of {of} cannot be read and {were} left out: {}{more}", first.join(", "))
    })
}
