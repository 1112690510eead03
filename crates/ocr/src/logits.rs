//! From what a model says last to probabilities.
//!
//! Models end in a softmax or a sigmoid over all they know, a tenth of their time, and we need few of the results: a
//! column of a line has 18,710 characters, and most columns are none. So models are loaded without their last step, and
//! it is done here where it is wanted, in a form that compiles to vector instructions.

/// The probability of the greatest of these logits among them all.
pub(crate) fn probability_of(greatest: f32, logits: &[f32]) -> f32 {
    let (chunks, rest) = logits.as_chunks::<16>();
    let mut lanes = [0.0f32; 16];
    for chunk in chunks {
        for (lane, &logit) in lanes.iter_mut().zip(chunk) {
            *lane += exp(logit - greatest);
        }
    }
    let rest = rest.iter().map(|logit| exp(logit - greatest));
    let probability = 1.0 / lanes.into_iter().chain(rest).sum::<f32>();
    if probability.is_finite() { probability.min(1.0) } else { 0.0 }
}

/// The probability that a logit stands for by itself.
pub(crate) fn sigmoid(logit: f32) -> f32 {
    let of_distance = exp(-logit.abs());
    let smaller = of_distance / (1.0 + of_distance);
    if logit < 0.0 { smaller } else { 1.0 - smaller }
}

/// e to the power of a number that is not above zero, to six digits: a power of two for the whole part, and a series for
/// what is left.
fn exp(x: f32) -> f32 {
    /// Added to a number, it leaves the nearest whole one in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// The exponent of one.
    const ONE: u32 = 127 << 23;
    /// Of smaller numbers the power is none in this precision.
    const LEAST: f32 = -87.0;
    let halvings = x.max(LEAST) * std::f32::consts::LOG2_E;
    let rounded = halvings + ROUND;
    let part = (halvings - (rounded - ROUND)) * std::f32::consts::LN_2;
    let series =
        1.0 + part * (1.0 + part * (1.0 / 2.0 + part * (1.0 / 6.0 + part * (1.0 / 24.0 + part / 120.0))));
    series * f32::from_bits((rounded.to_bits() << 23).wrapping_add(ONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_library() {
        for step in 0..=8_700 {
            let x = -f32::from(u16::try_from(step).unwrap()) / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "{x}: {} and {}", exp(x), x.exp());
        }
        assert!(exp(-1e9) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn probabilities_are_a_softmax_s() {
        for count in [1, 2, 15, 16, 17, 40] {
            let logits: Vec<f32> = (0..count).map(|i| ((i * 37) % 19) as f32 - 9.5).collect();
            let greatest = logits.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = logits.iter().map(|logit| (logit - greatest).exp()).sum();
            assert!((probability_of(greatest, &logits) - 1.0 / sum).abs() < 1e-6);
        }
        // What no model should say is a probability still.
        for logits in [[f32::INFINITY, 0.0], [f32::NAN, 1.0], [f32::NAN; 2], [f32::NEG_INFINITY; 2]] {
            assert!((0.0..=1.0).contains(&probability_of(logits[0].max(logits[1]), &logits)), "{logits:?}");
        }
    }

    #[test]
    fn a_sigmoid_has_two_ends() {
        for (logit, probability) in
            [(0.0, 0.5), (-40.0, 0.0), (40.0, 1.0), (1.0, 0.731_058_6), (-1.0, 0.268_941_4)]
        {
            assert!((sigmoid(logit) - probability).abs() < 1e-6, "{logit}");
        }
    }
}
