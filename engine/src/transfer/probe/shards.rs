//! Divides work into shards. Large work is done by several threads. The shards are the same with and without threads.

use rayon::prelude::*;

/// With fewer multiplications than this, one thread is faster than several.
const WORTH_IT: usize = 1 << 17;

/// Calls `each` with the index and the content of every shard of `out`, which has `size` elements.
pub fn each<T: Send>(out: &mut [T], size: usize, work: usize, each: impl Fn(usize, &mut [T]) + Sync) {
    let size = size.max(1);
    if work < WORTH_IT {
        out.chunks_mut(size).enumerate().for_each(|(shard, piece)| each(shard, piece));
    } else {
        out.par_chunks_mut(size).enumerate().for_each(|(shard, piece)| each(shard, piece));
    }
}

/// The results of `of` for the shards `0..count`, in order.
pub fn map<T: Send>(count: usize, work: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if work < WORTH_IT { (0..count).map(of).collect() } else { (0..count).into_par_iter().map(of).collect() }
}
