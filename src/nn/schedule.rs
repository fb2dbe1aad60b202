//! How the learning rate changes over the planned steps.

use crate::session::recipe::Schedule;

/// What the rate is multiplied by at `step` (from 0) of `planned` steps, of which the first `warm_up` (a share)
/// rise in a line from 0. After the planned steps it stays at its end.
pub fn factor(schedule: Schedule, warm_up: f32, step: u64, planned: u64) -> f32 {
    let planned = planned.max(1) as f64;
    let rise = (f64::from(warm_up.clamp(0.0, 1.0)) * planned).floor();
    let step = step as f64;
    if step < rise {
        return ((step + 1.0) / (rise + 1.0)) as f32;
    }
    let progress = ((step - rise) / (planned - rise).max(1.0)).min(1.0);
    let left = match schedule {
        Schedule::Constant => 1.0,
        Schedule::Linear => 1.0 - progress,
        Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
    };
    left as f32
}

#[cfg(test)]
mod tests {
    use super::*;

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
