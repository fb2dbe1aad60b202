//! Images without labels: one file, or all images in a folder or an archive.

use std::path::Path;

use rayon::prelude::*;

use crate::data::image::Image;
use crate::data::strays;
use crate::data::walk::{Item, is_archive, place, unread, walk};
use crate::error::{Error, Place, Result};

use super::decode::{ENDINGS, LONGEST, decode, read_image};
use super::tree::TOGETHER;

/// The name of an image, and the image or the reason why it cannot be read.
pub type Loose = (String, Result<Image>);

/// Calls `each` with the image at `path`, or with those in the folder or archive at `path`, many at once and in their
/// order. Photos whose shorter side is longer than `bound` are scaled down.
///
/// # Errors
/// If the folder or archive cannot be read to its end or has no image; and any error of `each`.
pub fn each_image(path: &Path, bound: u32, each: &mut dyn FnMut(Vec<Loose>) -> Result<()>) -> Result<()> {
    // If the file is not an archive, the image decoder reports problems with it.
    let several = path.is_dir() || path.is_file() && is_archive(path).unwrap_or(false);
    if !several {
        return each(vec![(path.display().to_string(), read_image(path, bound))]);
    }
    let (mut waiting, mut bytes, mut found) = (Vec::new(), 0, 0);
    let mut hand_on = |waiting: &mut Vec<(String, std::io::Result<Vec<u8>>)>| {
        let images = waiting.par_drain(..).map(|(name, content)| {
            let (file, at) = place(path, &name);
            let wrong = |problem: String| {
                Error::input(&file, at.clone(), problem, "PNG, JPEG, BMP, WebP and PNM images are read")
            };
            let image = match content {
                Err(error) => Err(unread(path, &name, error)),
                Ok(content) => decode(&content, bound).map_err(wrong),
            };
            (path.join(&name).display().to_string(), image)
        });
        let images: Vec<Loose> = images.collect();
        each(images)
    };
    let is_image = |name: &str| {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        strays::by_name(name).is_none() && ENDINGS.contains(&&end[..])
    };
    walk(path, LONGEST, is_image, |item| {
        if let Item::File(name, content) = item
            && is_image(name)
        {
            found += 1;
            bytes += content.as_ref().map_or(0, Vec::len);
            waiting.push((name.to_string(), content));
            if waiting.len() >= TOGETHER.0 || bytes >= TOGETHER.1 {
                bytes = 0;
                hand_on(&mut waiting)?;
            }
        }
        Ok(())
    })?;
    if found == 0 {
        return Err(Error::input(
            path,
            Place::Whole,
            "no image in it",
            "name images, or a folder or archive with some",
        ));
    }
    hand_on(&mut waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_a_folder_come_in_order_and_a_broken_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir(folder.join("b")).unwrap();
        let image = b"P5 2 1 255\n\x01\x02";
        for name in ["a.pgm", "b/c.pgm", "d.pgm"] {
            std::fs::write(folder.join(name), image).unwrap();
        }
        std::fs::write(folder.join("b/broken.png"), "no image").unwrap();
        std::fs::write(folder.join("notes.txt"), "no image either").unwrap();
        let mut seen = Vec::new();
        let mut take = |images: Vec<Loose>| {
            seen.extend(images.into_iter().map(|(name, image)| (name, image.is_ok())));
            Ok(())
        };
        each_image(folder, 64, &mut take).unwrap();
        each_image(&folder.join("d.pgm"), 64, &mut take).unwrap();
        seen.iter_mut().for_each(|(name, _)| *name = name.replace(&format!("{}/", folder.display()), ""));
        let seen: Vec<(&str, bool)> = seen.iter().map(|(name, read)| (&name[..], *read)).collect();
        assert_eq!(
            seen,
            [("a.pgm", true), ("b/broken.png", false), ("b/c.pgm", true), ("d.pgm", true), ("d.pgm", true)]
        );
        std::fs::create_dir(folder.join("none")).unwrap();
        let none = each_image(&folder.join("none"), 64, &mut |_| Ok(())).unwrap_err();
        assert!(none.to_string().contains("no image in it"), "{none}");
    }
}
