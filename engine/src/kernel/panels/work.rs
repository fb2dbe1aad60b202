//! A product with a right factor in panels, or stored row after row, in tiles of the result that stay in registers.

use super::super::dispatch::{Level, level};
use super::super::lanes::{self, Baseline, Lanes};

/// The number of columns of a panel: two of the widest registers.
pub(super) const WIDTH: usize = 32;

/// The largest number of rows that are multiplied together.
const MOST: usize = 12;

/// The matrix that a product is added to: rows at a fixed distance, in order or in the order of a list.
#[derive(Clone, Copy)]
pub(super) struct Onto<'a> {
    pub(super) first: *const f32,
    pub(super) row: isize,
    /// The list of row indices, the number of rows of the first part, and the start of the second part.
    pub(super) rows: Option<(&'a [u32], usize, *const f32)>,
    /// The matrix is zero, and nothing is read.
    pub(super) blank: bool,
}

/// The arguments of a product, checked.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) a: *const f32,
    /// The distance in floats from one row of A to the next, and from one column to the next.
    pub(super) a_row: isize,
    pub(super) a_column: isize,
    /// A row of A has this number of pieces.
    pub(super) pieces: usize,
    /// The values of a piece, and the distance from a piece to the next.
    pub(super) piece: usize,
    pub(super) a_piece: isize,
    pub(super) m: usize,
    /// The values of all pieces.
    pub(super) k: usize,
    pub(super) panels: *const f32,
    /// The distance from a row of B to the next, if B is not laid.
    pub(super) b_row: usize,
    pub(super) columns: usize,
    pub(super) onto: Onto<'a>,
    /// The least and the largest value.
    pub(super) limits: Option<[f32; 2]>,
    pub(super) c: *mut f32,
    pub(super) c_row: isize,
}

impl Work<'_> {
    /// Runs it at the level of this thread. LAID: the factor B is a copy in panels; if not, its rows are where the caller has them.
    pub(super) unsafe fn at_level<const LAID: bool>(self) {
        // SAFETY: the caller vouches for the memory; `level` never exceeds what the machine supports.
        unsafe {
            match level() {
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => multiply_avx512::<LAID>(self),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => multiply_avx2::<LAID>(self),
                #[cfg(target_arch = "aarch64")]
                Level::Neon => self.run::<lanes::Neon, LAID>(),
                Level::Baseline => self.run::<Baseline, LAID>(),
            }
        }
    }

    #[inline(always)]
    unsafe fn run<L: Lanes, const LAID: bool>(self) {
        // SAFETY: the caller vouches for all of it.
        unsafe {
            // A tile needs two sums per row and three registers for the factors. Few rows are computed in one tile.
            // Many rows are computed in tiles of about eight rows, which is the fastest. The tiles have nearly equal
            // sizes, because a tile of one or two rows takes as long as one of many.
            // With one register of columns there is one sum per row, and eight rows would wait for each other.
            let (most, usual) = match (L::REGISTERS >= 32, self.columns <= L::WIDTH) {
                (true, false) => (MOST, 8),
                (true, true) => (MOST, MOST),
                (false, _) => (6, 6),
            };
            let tiles = if self.m <= most { 1 } else { self.m.div_ceil(usual) };
            for panel in 0..self.columns.div_ceil(WIDTH) {
                for tile in 0..tiles {
                    let (row, end) = (self.m * tile / tiles, self.m * (tile + 1) / tiles);
                    match end - row {
                        1 => self.rows::<L, 1, LAID>(row, panel),
                        2 => self.rows::<L, 2, LAID>(row, panel),
                        3 => self.rows::<L, 3, LAID>(row, panel),
                        4 => self.rows::<L, 4, LAID>(row, panel),
                        5 => self.rows::<L, 5, LAID>(row, panel),
                        6 => self.rows::<L, 6, LAID>(row, panel),
                        _ if L::REGISTERS < 32 => unreachable!("six rows at the most"),
                        7 => self.rows::<L, 7, LAID>(row, panel),
                        8 => self.rows::<L, 8, LAID>(row, panel),
                        9 => self.rows::<L, 9, LAID>(row, panel),
                        10 => self.rows::<L, 10, LAID>(row, panel),
                        11 => self.rows::<L, 11, LAID>(row, panel),
                        _ => self.rows::<L, MOST, LAID>(row, panel),
                    }
                }
            }
        }
    }

    /// R rows from `row` on, times one panel.
    #[inline(always)]
    unsafe fn rows<L: Lanes, const R: usize, const LAID: bool>(self, row: usize, panel: usize) {
        // SAFETY: see `run`; buffers of our own replace rows that end within a register.
        unsafe {
            let first = panel * WIDTH;
            let b = self.panels.add(if LAID { first * self.k } else { first });
            let a = self.a.offset(row as isize * self.a_row);
            let c: [*mut f32; R] =
                std::array::from_fn(|i| self.c.offset((row + i) as isize * self.c_row).add(first));
            let onto: [*const f32; R] = std::array::from_fn(|i| {
                let (start, at) = match self.onto.rows {
                    None => (self.onto.first, row + i),
                    Some((rows, here, others)) => match *rows.get_unchecked(row + i) as usize {
                        at if at < here => (self.onto.first, at),
                        at => (others, at - here),
                    },
                };
                start.offset(at as isize * self.onto.row).add(first)
            });
            let width = WIDTH.min(self.columns - first);
            if width == WIDTH {
                return self.tiles::<L, R, LAID>(a, b, &onto, &c, WIDTH);
            }
            if width.is_multiple_of(L::WIDTH) {
                return self.tiles::<L, R, LAID>(a, b, &onto, &c, width);
            }
            let mut tile = [[0.0; WIDTH]; R];
            if !self.onto.blank {
                for (tile, onto) in tile.iter_mut().zip(onto) {
                    onto.copy_to_nonoverlapping(tile.as_mut_ptr(), width);
                }
            }
            let to: [*mut f32; R] = tile.each_mut().map(|tile| tile.as_mut_ptr());
            self.tiles::<L, R, LAID>(a, b, &to.map(|tile| tile.cast_const()), &to, width);
            for (tile, c) in tile.iter().zip(c) {
                c.copy_from_nonoverlapping(tile.as_ptr(), width);
            }
        }
    }

    /// R rows times the first `width` columns of a panel, two registers of columns at a time.
    #[inline(always)]
    unsafe fn tiles<L: Lanes, const R: usize, const LAID: bool>(
        self,
        a: *const f32,
        b: *const f32,
        onto: &[*const f32; R],
        c: &[*mut f32; R],
        width: usize,
    ) {
        // SAFETY: see `run`; all rows have the columns of whole registers.
        unsafe {
            let mut column = 0;
            while column + L::WIDTH < width {
                self.tile::<L, R, 2, LAID>(a, b, onto, c, column);
                column += 2 * L::WIDTH;
            }
            if column < width {
                self.tile::<L, R, 1, LAID>(a, b, onto, c, column);
            }
        }
    }

    /// R rows times V registers of columns.
    #[inline(always)]
    unsafe fn tile<L: Lanes, const R: usize, const V: usize, const LAID: bool>(
        self,
        a: *const f32,
        b: *const f32,
        onto: &[*const f32; R],
        c: &[*mut f32; R],
        column: usize,
    ) {
        // SAFETY: see `tiles`.
        unsafe {
            // A constant for laid factors: with a variable, their products took 15 % longer.
            let b_row = if LAID { WIDTH } else { self.b_row };
            let (mut a, mut b) = (a, b.add(column));
            let mut sums = [[L::zero(); V]; R];
            for _ in 0..self.pieces {
                for l in 0..self.piece {
                    let a = a.offset(l as isize * self.a_column);
                    let b: [L; V] = std::array::from_fn(|v| L::load(b.add(l * b_row + v * L::WIDTH)));
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let x = L::splat(*a.offset(i as isize * self.a_row));
                        for (sum, b) in sums.iter_mut().zip(b) {
                            *sum = sum.mul_add(x, b);
                        }
                    }
                }
                // Beyond the last piece nothing is read.
                a = a.wrapping_offset(self.a_piece);
                b = b.add(self.piece * b_row);
            }
            let limits = self.limits.map(|[least, most]| (L::splat(least), L::splat(most)));
            for (i, sums) in sums.into_iter().enumerate() {
                for (v, sum) in sums.into_iter().enumerate() {
                    let at = column + v * L::WIDTH;
                    let sum = if self.onto.blank { sum } else { L::load(onto[i].add(at)).plus(sum) };
                    let sum = limits.map_or(sum, |(least, most)| sum.within(least, most));
                    sum.store(c[i].add(at));
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn multiply_avx512<const LAID: bool>(work: Work) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx512, LAID>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_avx2<const LAID: bool>(work: Work) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx2, LAID>() }
}
