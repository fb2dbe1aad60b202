//! Tests that the tokens of English reviews stay the same. Needs the folder `WARMSTART_DATA` with aclImdb.

use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;

use crate::session::text_transfer::Tokens;

use super::for_each_token;

/// The tokens of the first 1,000 labelled training reviews, in the archive's order: their number, and FNV-1a over all
/// tokens, each followed by a line feed. The values are from the tokeniser before it followed Unicode's word
/// boundaries.
const GOLDEN: (u64, u64) = (236_601, 0xb1e9_5202_7c03_90e3);

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn english_tokens_are_what_they_were() {
    let data = crate::data::public::folder();
    let file = File::open(data.join("aclImdb/aclImdb_v1_labelled.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let (mut reviews, mut count, mut hash) = (0, 0, 0xcbf2_9ce4_8422_2325_u64);
    for entry in archive.entries().unwrap().map(Result::unwrap) {
        let name = entry.path().unwrap().display().to_string();
        let labelled = name.contains("/train/") && (name.contains("/pos/") || name.contains("/neg/"));
        if !labelled || !entry.header().entry_type().is_file() {
            continue;
        }
        let (mut entry, mut text) = (entry, String::new());
        entry.read_to_string(&mut text).unwrap();
        for_each_token(Tokens::Words, &text, |token| {
            count += 1;
            for byte in token.bytes().chain([b'\n']) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        });
        reviews += 1;
        if reviews == 1_000 {
            break;
        }
    }
    assert_eq!((reviews, count, hash), (1_000, GOLDEN.0, GOLDEN.1));
}
