//! Matrix products with a right factor that is used many times, such as the recurrent weights in every step.
//!
//! A general matrix product first copies its right factor into the order in which it is read. For a few rows and a
//! large right factor the copy takes as long as the multiplication. Here the copy is made once and used for all
//! steps.

use std::any::TypeId;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

use super::{Aligned, Real, matmul};

mod work;

use work::{Onto, WIDTH, Work};

/// The values of the widest register.
pub const WHOLE: usize = 16;

/// A right factor B `(k, n)`, copied into the order in which it is read. When it is reused, it allocates memory only
/// to grow.
#[derive(Debug, Clone, Default)]
pub struct Panels<T> {
    rows: usize,
    columns: usize,
    /// For f32: panel after panel of [`WIDTH`] columns, each stored row after row, with zeros after the last column.
    panels: Aligned,
    /// For other types: stored row after row.
    plain: Vec<T>,
}

/// Rows of `width` values: first those of `first`, then those of `then`.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a, T> {
    /// The rows from index 0 on: `(F, width)`.
    pub first: &'a [T],
    /// The rows from index F on: `(any, width)`.
    pub then: &'a [T],
    /// Values per row.
    pub width: usize,
}

impl<'a, T> Source<'a, T> {
    /// The row with this index.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row(&self, number: u32) -> &'a [T] {
        let start = number as usize * self.width;
        if start < self.first.len() {
            &self.first[start..start + self.width]
        } else {
            &self.then[start - self.first.len()..][..self.width]
        }
    }
}

/// A left factor that is not stored as a matrix: the windows of a convolution along a row of pixels. Row i of the matrix has
/// `lines` pieces of `across` values each; the first begins at value `i * step`, each other one `line` values after the one
/// before it. Windows overlap.
#[derive(Debug, Clone, Copy)]
pub struct Windows<'a, T> {
    /// The values of all windows.
    pub values: &'a [T],
    /// From the beginning of a window to that of the next.
    pub step: usize,
    /// From the beginning of a piece to that of the next.
    pub line: usize,
    /// Pieces of a window.
    pub lines: usize,
    /// Values of a piece.
    pub across: usize,
}

/// Limits of the values of a product: what is smaller becomes `least`, what is larger `most`. NaN stays NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits<T> {
    /// The smallest value.
    pub least: T,
    /// The largest value.
    pub most: T,
}

impl<T: Real> Limits<T> {
    fn limit(self, mut c: ArrayViewMut2<T>) {
        c.map_inplace(|x| {
            let above = if *x < self.least { self.least } else { *x };
            *x = if above > self.most { self.most } else { above };
        });
    }
}

impl<T: Real> Windows<'_, T> {
    /// The matrix of `rows` windows.
    fn gathered(&self, rows: usize) -> Array2<T> {
        Array2::from_shape_fn((rows, self.lines * self.across), |(row, at)| {
            self.values[row * self.step + at / self.across * self.line + at % self.across]
        })
    }
}

impl<T: Real> Panels<T> {
    /// Copies B `(k, n)`, which may have any strides.
    pub fn lay(&mut self, b: ArrayView2<T>) {
        (self.rows, self.columns) = b.dim();
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            self.plain.clear();
            self.plain.extend(b.iter());
            return;
        }
        let panel = self.rows * WIDTH;
        self.panels.resize(self.columns.div_ceil(WIDTH) * panel);
        // SAFETY: `T` is f32, so both types are the same.
        let b = unsafe { std::mem::transmute_copy::<ArrayView2<T>, ArrayView2<f32>>(&b) };
        for (to, first) in self.panels.chunks_exact_mut(panel.max(1)).zip((0..).step_by(WIDTH)) {
            let width = WIDTH.min(self.columns - first);
            if width < WIDTH {
                to.fill(0.0);
            }
            let b = b.slice(s![.., first..first + width]);
            for (to, from) in to.chunks_exact_mut(WIDTH).zip(b.rows()) {
                match from.to_slice() {
                    Some(from) => to[..width].copy_from_slice(from),
                    None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }

    /// C += A B. A is `(m, k)` with any strides, C is `(m, n)` with contiguous rows. Each sum is taken over k in
    /// order, for any m, and then added to C.
    ///
    /// # Panics
    /// If the shapes do not match, or a row of C is not contiguous.
    pub fn add_matmul(&self, a: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            let b = super::view(&self.plain, self.rows, self.columns);
            return matmul(T::one(), a, b, T::one(), c);
        }
        let onto = Onto { first: c.as_ptr().cast(), row: c.strides()[0], rows: None, blank: false };
        self.multiply(a, onto, None, &mut c);
    }

    /// C = A B; the old values of C are not read. A and C as for [`add_matmul`](Self::add_matmul).
    ///
    /// # Panics
    /// If the shapes do not match, or a row of C is not contiguous.
    pub fn set_matmul(&self, a: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            let b = super::view(&self.plain, self.rows, self.columns);
            return matmul(T::one(), a, b, T::zero(), c);
        }
        let onto = Onto { first: c.as_ptr().cast(), row: c.strides()[0], rows: None, blank: true };
        self.multiply(a, onto, None, &mut c);
    }

    /// C = A B, with `bias (n)` added to each row. A and C as for [`add_matmul`](Self::add_matmul).
    ///
    /// # Panics
    /// If the shapes do not match, or a row of C is not contiguous.
    pub fn matmul_and_bias(&self, bias: &[T], a: ArrayView2<T>, c: ArrayViewMut2<T>) {
        self.limited_matmul(bias, a, None, c);
    }

    /// As [`matmul_and_bias`](Self::matmul_and_bias), with limits of the values.
    ///
    /// # Panics
    /// If the shapes do not match, or a row of C is not contiguous.
    pub fn limited_matmul(
        &self,
        bias: &[T],
        a: ArrayView2<T>,
        limits: Option<Limits<T>>,
        mut c: ArrayViewMut2<T>,
    ) {
        assert!(bias.len() == c.ncols(), "a bias of {} for {} columns", bias.len(), c.ncols());
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            c.rows_mut().into_iter().for_each(|mut c| c.assign(&ndarray::aview1(bias)));
            self.add_matmul(a, c.view_mut());
            return limits.into_iter().for_each(|limits| limits.limit(c.view_mut()));
        }
        let onto = Onto { first: bias.as_ptr().cast(), row: 0, rows: None, blank: false };
        self.multiply(a, onto, limits, &mut c);
    }

    /// C = A B, where the rows of A `(m, k)` are windows. `bias (n)` is added to each row, if there is one; the values have
    /// limits, if there are some. The sums have the order of [`matmul_and_bias`](Self::matmul_and_bias).
    ///
    /// # Panics
    /// If the shapes do not match, a row of C is not contiguous, or a window is beyond the values.
    pub fn matmul_of_windows(
        &self,
        bias: Option<&[T]>,
        windows: Windows<T>,
        limits: Option<Limits<T>>,
        mut c: ArrayViewMut2<T>,
    ) {
        let (m, n) = c.dim();
        assert!(bias.is_none_or(|bias| bias.len() == n), "a bias of another length than {n}");
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            let a = windows.gathered(m);
            match bias {
                Some(bias) => self.matmul_and_bias(bias, a.view(), c.view_mut()),
                None => self.set_matmul(a.view(), c.view_mut()),
            }
            return limits.into_iter().for_each(|limits| limits.limit(c.view_mut()));
        }
        let Windows { values, step, line, lines, across } = windows;
        self.check(&windows, lines * across, m, (m, n), &c);
        let onto = bias.map_or(c.as_ptr(), <[T]>::as_ptr).cast();
        let work = Work {
            a: values.as_ptr().cast(),
            a_row: step as isize,
            a_column: 1,
            pieces: lines,
            piece: across,
            a_piece: line as isize,
            m,
            k: self.rows,
            panels: self.panels.as_ptr(),
            b_row: WIDTH,
            columns: n,
            onto: Onto { first: onto, row: 0, rows: None, blank: bias.is_none() },
            limits: limits.map(single),
            c: c.as_mut_ptr().cast(),
            c_row: c.strides()[0],
        };
        if m > 0 && n > 0 {
            // SAFETY: `check` found all pieces of m windows in `values` (`T` is f32), and rows of C that are contiguous; the bias
            // has n values. C is borrowed mutably. `lay` made as many panels as this shape needs.
            unsafe { work.at_level::<true>() }
        }
    }

    /// C += Aᵀ B, where the k rows of A `(k, m)` are windows of one piece.
    ///
    /// # Panics
    /// If a window has several pieces; otherwise as [`matmul_of_windows`](Self::matmul_of_windows).
    pub fn add_matmul_of_turned_windows(&self, windows: Windows<T>, mut c: ArrayViewMut2<T>) {
        let (m, n) = c.dim();
        let Windows { values, step, lines, across, .. } = windows;
        assert!(lines == 1 && across == m, "windows of {lines} pieces of {across} for {m} rows");
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            return self.add_matmul(windows.gathered(self.rows).reversed_axes().view(), c);
        }
        self.check(&windows, self.rows, self.rows, (m, n), &c);
        let work = Work {
            a: values.as_ptr().cast(),
            a_row: 1,
            a_column: step as isize,
            pieces: 1,
            piece: self.rows,
            a_piece: 0,
            m,
            k: self.rows,
            panels: self.panels.as_ptr(),
            b_row: WIDTH,
            columns: n,
            onto: Onto { first: c.as_ptr().cast(), row: c.strides()[0], rows: None, blank: false },
            limits: None,
            c: c.as_mut_ptr().cast(),
            c_row: c.strides()[0],
        };
        if m > 0 && n > 0 {
            // SAFETY: as above; each of the k windows has the m values of its piece.
            unsafe { work.at_level::<true>() }
        }
    }

    /// Checks that B has `k` rows, and that `count` windows lie within their values and C has this shape and contiguous rows.
    fn check(
        &self,
        windows: &Windows<T>,
        k: usize,
        count: usize,
        (m, n): (usize, usize),
        c: &ArrayViewMut2<T>,
    ) {
        let Windows { values, step, line, lines, across } = *windows;
        let (rows, columns) = (self.rows, self.columns);
        assert!(k == rows && n == columns, "windows of {k} values times {rows} by {columns} into {m} by {n}");
        let end = count.saturating_sub(1) * step + lines.saturating_sub(1) * line + across;
        assert!(
            count == 0 || k == 0 || end <= values.len(),
            "windows up to {end} of {} values",
            values.len()
        );
        assert!(n == 1 || c.strides()[1] == 1, "rows of C with gaps");
    }

    /// C = S + A B, where row i of S `(m, n)` is the first n values of row `rows[i]` of `source`. A and C as for
    /// [`add_matmul`](Self::add_matmul).
    ///
    /// # Panics
    /// If the shapes do not match, a row of C is not contiguous, or a row is beyond the source.
    pub fn matmul_onto(&self, source: Source<T>, rows: &[u32], a: ArrayView2<T>, mut c: ArrayViewMut2<T>) {
        let (m, n) = c.dim();
        assert!(
            rows.len() == m && n <= source.width,
            "{} rows of {} under {m} of {n}",
            rows.len(),
            source.width
        );
        if TypeId::of::<T>() != TypeId::of::<f32>() {
            for (mut c, &row) in c.rows_mut().into_iter().zip(rows) {
                c.assign(&ndarray::aview1(&source.row(row)[..n]));
            }
            return self.add_matmul(a, c);
        }
        let (first, then) =
            (source.first.len() / source.width.max(1), source.then.len() / source.width.max(1));
        let last = rows.iter().fold(0, |most, &row| most.max(row)) as usize;
        assert!(m == 0 || last < first + then, "row {last} of a shorter source");
        let onto = Onto {
            first: source.first.as_ptr().cast(),
            row: source.width as isize,
            rows: Some((rows, first, source.then.as_ptr().cast())),
            blank: false,
        };
        self.multiply(a, onto, None, &mut c);
    }

    /// C = `onto` + A B within limits, in f32.
    fn multiply(&self, a: ArrayView2<T>, onto: Onto, limits: Option<Limits<T>>, c: &mut ArrayViewMut2<T>) {
        let (m, k) = a.dim();
        assert!(
            k == self.rows && c.dim() == (m, self.columns),
            "product of shapes {:?} and {:?} into {:?}",
            a.dim(),
            (self.rows, self.columns),
            c.dim()
        );
        if m == 0 || self.columns == 0 {
            return;
        }
        assert!(self.columns == 1 || c.strides()[1] == 1, "rows of C with gaps");
        let work = Work {
            a: a.as_ptr().cast(),
            a_row: a.strides()[0],
            a_column: a.strides()[1],
            pieces: 1,
            piece: k,
            a_piece: 0,
            m,
            k,
            panels: self.panels.as_ptr(),
            b_row: WIDTH,
            columns: self.columns,
            onto,
            limits: limits.map(single),
            c: c.as_mut_ptr().cast(),
            c_row: c.strides()[0],
        };
        // SAFETY: the views guarantee m rows of k and of n floats at their strides (`T` is f32, rows of C are
        // contiguous). The callers guarantee the rows of `onto`. C is borrowed mutably, so it overlaps nothing else
        // (except `onto` if that is C). `lay` made as many panels as this shape needs.
        unsafe { work.at_level::<true>() }
    }
}

/// C += Aᵀ B, where A `(k, m)`, B `(k, n)` and C `(m, n)` are stored row after row. Neither factor is copied, so this is fast for
/// factors that are used once. n is a multiple of [`WHOLE`].
///
/// # Panics
/// If the lengths are not those of matrices with `m` and `n` columns, or n is no multiple of [`WHOLE`].
pub fn add_turned_matmul<T: Real>(a: &[T], b: &[T], [m, n]: [usize; 2], c: &mut [T]) {
    let k = a.len() / m.max(1);
    assert!(a.len() == k * m && b.len() == k * n && c.len() == m * n, "{m} and {n} columns of others");
    assert!(n.is_multiple_of(WHOLE), "{n} columns");
    if TypeId::of::<T>() != TypeId::of::<f32>() {
        let (a, b) = (super::view(a, k, m), super::view(b, k, n));
        return matmul(T::one(), a.reversed_axes(), b, T::one(), super::view_mut(c, m, n));
    }
    let work = Work {
        a: a.as_ptr().cast(),
        a_row: 1,
        a_column: m as isize,
        pieces: 1,
        piece: k,
        a_piece: 0,
        m,
        k,
        panels: b.as_ptr().cast(),
        b_row: n,
        columns: n,
        onto: Onto { first: c.as_ptr().cast(), row: n as isize, rows: None, blank: false },
        limits: None,
        c: c.as_mut_ptr().cast(),
        c_row: n as isize,
    };
    if m > 0 && n > 0 {
        // SAFETY: the slices of f32 have these lengths, and C is borrowed mutably. Only whole registers of B are read, none of
        // which ends beyond its row.
        unsafe { work.at_level::<false>() }
    }
}

/// Limits in f32.
fn single<T: Real>(limits: Limits<T>) -> [f32; 2] {
    [limits.least, limits.most].map(|limit| limit.wide() as f32)
}

#[cfg(test)]
mod tests;
