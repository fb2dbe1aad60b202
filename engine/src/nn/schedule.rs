//! How the learning rate changes over the planned steps.

use crate::session::training::Schedule;

/// The factor of the learning rate at `step` (from 0) of `planned` steps. In the first `warm_up` of the steps (a
/// fraction) it rises linearly from 0. After the planned steps it keeps its last value.
pub fn factor(schedule: Schedule, warm_up: f32, step: u64, planned: u64) -> f32 {
    if schedule == Schedule::SlantedTriangular {
        return slanted_triangular(step, planned) as f32;
    }
    let planned = planned.max(1) as f64;
    let rise = (f64::from(warm_up.clamp(0.0, 1.0)) * planned).floor();
    let step = step as f64;
    if step < rise {
        return ((step + 1.0) / (rise + 1.0)) as f32;
    }
    let progress = ((step - rise) / (planned - rise).max(1.0)).min(1.0);
    let left = match schedule {
        Schedule::Constant | Schedule::SlantedTriangular => 1.0,
        Schedule::Linear => 1.0 - progress,
        Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
    };
    left as f32
}

/// Linearly up for a tenth of the planned steps, then linearly down to 1/32. It has its own warm-up.
fn slanted_triangular(step: u64, planned: u64) -> f64 {
    let (planned, step) = (planned.max(1) as f64, step.min(planned) as f64);
    let cut = (planned * 0.1).floor();
    let fraction = if step < cut { step / cut } else { 1.0 - (step - cut) / (planned - cut).max(1.0) };
    (1.0 + fraction * 31.0) / 32.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slanted_triangle_rises_fast_and_falls_slowly() {
        let at = |step| factor(Schedule::SlantedTriangular, 0.5, step, 100);
        assert_eq!([at(0), at(10), at(100), at(1_000)], [1.0 / 32.0, 1.0, 1.0 / 32.0, 1.0 / 32.0]);
        assert!((at(55) - (1.0 + 0.5 * 31.0) / 32.0).abs() < 1e-6);
        assert!((0..10).all(|step| at(step) < at(step + 1)) && (10..100).all(|step| at(step) > at(step + 1)));
        assert!((0..3).all(|step| factor(Schedule::SlantedTriangular, 0.0, step, 2).is_finite()));
    }

    #[test]
    fn it_rises_holds_and_falls() {
        for schedule in [Schedule::Constant, Schedule::Linear, Schedule::Cosine] {
            assert_eq!(factor(schedule, 0.0, 0, 100), 1.0);
            assert_eq!(factor(schedule, 0.1, 10, 100), 1.0);
            let rising: Vec<f32> = (0..10).map(|step| factor(schedule, 0.1, step, 100)).collect();
            assert!(rising.is_sorted() && rising[0] > 0.0 && rising[9] < 1.0);
            assert!(
                (10..99).all(|step| factor(schedule, 0.1, step + 1, 100) <= factor(schedule, 0.1, step, 100))
            );
        }
        assert_eq!(factor(Schedule::Linear, 0.0, 25, 100), 0.75);
        assert_eq!(factor(Schedule::Cosine, 0.0, 50, 100), 0.5);
        assert_eq!(factor(Schedule::Linear, 0.0, 500, 100), 0.0);
        assert_eq!(factor(Schedule::Constant, 0.0, 500, 100), 1.0);
        assert!(factor(Schedule::Cosine, 1.0, 0, 0).is_finite());
    }
}
