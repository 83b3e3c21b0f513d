/// Norm to which longer gradients are cut (Pascanu, Mikolov, Bengio 2013), per event.
const CLIP: f32 = 1.0;

/// The optimiser Adam (Kingma, Ba 2015): running means of gradients and of their squares.
#[derive(Debug, Clone)]
pub struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    decay: (f32, f32),
}

impl Adam {
    /// The state before the first step.
    pub fn new(weights: usize) -> Adam {
        Adam { mean: vec![0.0; weights], square: vec![0.0; weights], decay: (1.0, 1.0) }
    }

    /// One step along the mean gradient of some events.
    pub fn step(&mut self, weights: &mut [f32], gradient: &mut [f32], events: usize, rate: f32) {
        const BETA: (f32, f32) = (0.9, 0.99);
        let scale = 1.0 / events as f32;
        let norm = gradient.iter().map(|g| g * g).sum::<f32>().sqrt() * scale;
        let scale = if norm > CLIP { scale * CLIP / norm } else { scale };
        self.decay = (self.decay.0 * BETA.0, self.decay.1 * BETA.1);
        let (fix_mean, fix_square) = (1.0 / (1.0 - self.decay.0), 1.0 / (1.0 - self.decay.1));
        for (((w, g), m), v) in
            weights.iter_mut().zip(gradient.iter()).zip(&mut self.mean).zip(&mut self.square)
        {
            let g = g * scale;
            *m += (1.0 - BETA.0) * (g - *m);
            *v += (1.0 - BETA.1) * (g * g - *v);
            *w -= rate * *m * fix_mean / ((*v * fix_square).sqrt() + 1e-8);
        }
    }
}
