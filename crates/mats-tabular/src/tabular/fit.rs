//! Fitting: models, then blend and cut by the rows that they have not seen.

use super::blend::Blend;
use super::calibrate::{Calibration, Tail};
use super::choose::choose;
use super::cut::cut;
use super::detector::TableDetector;
use super::encoder::{Encoder, Oddities};
use super::error::TableError;
use super::frame::Frame;
use super::members::{DECIDED, Members, Scores, cross_fitted};
use super::params::TableParams;
use super::reading::Reading;
use super::report::{DetectorKind, TableReport};
use mats_models::forest::{Fitted, ForestBackend, ForestError, ForestParams};
use mats_models::metrics;
use ndarray::{Array2, Axis};

/// Classes at most, benign included.
const MAX_CLASSES: usize = 255;

impl TableParams {
    /// Fits to a table, whose rows are labelled or not, and what benign rows are labelled with. The same bytes with any
    /// number of threads.
    ///
    /// # Errors
    /// When there are no rows or columns, or the labels do not serve.
    pub fn fit(
        &self,
        frame: &Frame<'_>,
        labels: Option<(&[u32], &[String])>,
        benign: &str,
        seed: u64,
    ) -> Result<TableDetector, TableError> {
        let refuse =
            |what: &str, cure: &str| Err(TableError::Input { what: what.to_owned(), cure: cure.to_owned() });
        if frame.rows == 0 {
            return refuse("there are no rows", "give a table with rows");
        }
        if !(self.nominal > 0.0 && self.nominal < 1.0) {
            return refuse("the nominal false positive rate is not between 0 and 1", "give one like 0.01");
        }
        let (encoder, dropped) = Encoder::fit(frame, &self.keep);
        let width = encoder.width();
        if width == 0 {
            return refuse("no column is left", "keep some by name");
        }
        let (classes, of) = classes(labels, frame.rows, benign)?;
        let supervised = self.kind != DetectorKind::IForest;
        if supervised && labels.is_none() {
            return refuse(
                "a random forest needs labels",
                "name the label column, or fit an isolation forest",
            );
        }
        let mut oddities = Oddities::default();
        let rows = encoder.encode(frame, &mut oddities);
        let is_benign: Vec<bool> = of.iter().map(|&c| c == 0).collect();

        let mut unseen = Scores::default();
        let forest = if supervised {
            if self.forest.forest == ForestBackend::Smartcore {
                return refuse(
                    "smartcore's forest says nothing of rows that its trees have not seen, so no cut can be set",
                    "take the histogram forest",
                );
            }
            let fitted = self.grow(&rows, &of, classes.len(), seed)?;
            unseen.forest = fitted.out_of_bag.column(0).iter().map(|benign| 1.0 - benign).collect();
            Some(fitted.forest)
        } else {
            None
        };
        let isolation = if self.kind == DetectorKind::Forest {
            None
        } else {
            let picked: Vec<usize> = (0..frame.rows).filter(|&i| is_benign[i]).collect();
            let Some(whole) = self.isolation.fit(rows.select(Axis(0), &picked).view(), seed) else {
                return refuse("no isolation forest can be grown", "ask for trees, of at most 4,096 columns");
            };
            unseen.isolation = cross_fitted(&self.isolation, &whole, &rows, &is_benign, seed);
            Some(whole)
        };
        // Rows that happen to be in every tree's bag, a few where there are few trees, say nothing here.
        let (unseen, of_unseen) = unseen_by_some(&unseen, &of);
        let is_benign: Vec<bool> = of_unseen.iter().map(|&class| class == 0).collect();
        let malicious: Vec<bool> = of_unseen.iter().map(|&class| class > 0).collect();
        if !is_benign.contains(&true) {
            return refuse(
                "no benign row was left out by any tree, so no cut can be set",
                "give more benign rows, or ask for more trees",
            );
        }
        let of_benign = |scores: &[f32]| {
            Tail::new(scores.iter().zip(&is_benign).filter(|(_, b)| **b).map(|(s, _)| *s).collect())
        };
        let mut members = Members {
            forest,
            isolation,
            forest_tail: of_benign(&unseen.forest),
            isolation_tail: of_benign(&unseen.isolation),
            cap: -libm::log10f(self.nominal as f32),
            blend: Blend::Forest,
        };
        // What one tree adds to the random forest's score.
        let vote = 1.0 / self.forest.trees.max(1) as f32;
        let cut_of = |scores: &[f32], vote| cut(scores, &of_unseen, self.nominal, vote);
        let of_forest = supervised.then(|| cut_of(&unseen.forest, Some(vote)));
        if let (DetectorKind::Fused, Some((cut, _))) = (self.kind, of_forest) {
            members.blend =
                choose(&members, &unseen, &malicious, (self.nominal, self.forest.trees), cut, seed);
        }
        let scores: Vec<f32> = (0..is_benign.len())
            .map(|i| {
                let (forest, isolation) = unseen.of(i);
                members.fuse(forest, isolation)
            })
            .collect();
        let decides = self.kind == DetectorKind::Forest
            || members.blend == Blend::Forest
            || members.blend.decided_at().is_some();
        let forest = of_forest.filter(|_| decides && members.forest.is_some());
        let placed = match (forest, members.blend.decided_at()) {
            (Some((_, gap)), Some(_)) => (DECIDED, gap),
            (Some(forest), None) => forest,
            (None, _) => cut_of(&scores, None),
        };
        let mut calibration = Calibration::new(&scores, &malicious, self.nominal, placed);
        calibration.forest_cut = of_forest.map(|(cut, _)| cut);
        calibration.isolation_cut = members.isolation.as_ref().map(|_| cut_of(&unseen.isolation, None).0);
        let scored: Vec<metrics::Scored> =
            scores.iter().zip(&malicious).map(|(&s, &m)| (s, m, 1.0)).collect();
        let found = scored.iter().filter(|s| s.1 && s.0 >= calibration.threshold).count();
        let attacked = malicious.iter().filter(|&&m| m).count();
        let report = TableReport {
            rows: frame.rows as u64,
            classes: classes
                .iter()
                .enumerate()
                .map(|(c, name)| (name.clone(), of.iter().filter(|&&o| o as usize == c).count() as u64))
                .collect(),
            columns: width as u64,
            dropped,
            oddities,
            roc_auc: metrics::roc_auc(&scored),
            recall: (attacked > 0).then(|| found as f64 / attacked as f64),
            importances: importances(&members, &encoder),
            one_vote_alarms: forest.is_some_and(|(cut, _)| cut <= vote),
            blend: (self.kind == DetectorKind::Fused).then(|| members.blend.told().to_owned()),
        };
        Ok(TableDetector {
            kind: self.kind,
            classes,
            encoder,
            members,
            calibration,
            report,
            seed,
            reading: Reading::default(),
        })
    }
}

impl TableParams {
    /// A forest; how many columns a split looks at is chosen by the rows that its trees have not seen, unless it is set.
    fn grow(&self, rows: &Array2<f32>, of: &[u8], classes: usize, seed: u64) -> Result<Fitted, ForestError> {
        let usual = self.forest.fit(rows.view(), of, classes, seed)?;
        let width = rows.ncols();
        let more = width.isqrt() * 3 / 2;
        if self.forest.columns.is_some() || more == width.isqrt() || usual.out_of_bag.is_empty() {
            return Ok(usual);
        }
        let params = ForestParams { columns: Some(more), ..self.forest.clone() };
        let wider = params.fit(rows.view(), of, classes, seed)?;
        let right = |fitted: &Fitted| mistakes(&fitted.out_of_bag, of);
        Ok(if right(&wider) < right(&usual) { wider } else { usual })
    }
}

/// Rows whose likeliest class is wrong.
fn mistakes(shares: &Array2<f32>, of: &[u8]) -> usize {
    let rows = shares.outer_iter().zip(of);
    rows.filter(|(shares, of)| shares.iter().any(|p| *p > shares[**of as usize])).count()
}

/// Scores and classes of the rows that some tree has not seen.
fn unseen_by_some(scores: &Scores, of: &[u8]) -> (Scores, Vec<u8>) {
    let told: Vec<usize> =
        (0..of.len()).filter(|&i| scores.forest.get(i).is_none_or(|p| !p.is_nan())).collect();
    let pick = |values: &[f32]| -> Vec<f32> { told.iter().filter_map(|&i| values.get(i).copied()).collect() };
    let scores = Scores { forest: pick(&scores.forest), isolation: pick(&scores.isolation) };
    (scores, told.iter().map(|&i| of[i]).collect())
}

/// The classes' names, benign first and the others in alphabetical order; and every row's class.
fn classes(
    labels: Option<(&[u32], &[String])>,
    rows: usize,
    benign: &str,
) -> Result<(Vec<String>, Vec<u8>), TableError> {
    let Some((codes, names)) = labels else {
        return Ok((vec![benign.to_owned()], vec![0; rows]));
    };
    let refuse = |what: String, cure: String| Err(TableError::Input { what, cure });
    let mut used: Vec<&String> = Vec::new();
    for &code in codes {
        match names.get(code as usize) {
            Some(name) if !used.contains(&name) => {
                used.push(name);
                if used.len() > MAX_CLASSES {
                    let what = format!("more than {MAX_CLASSES} different labels");
                    return refuse(what, "name another column, or map labels to fewer".to_owned());
                }
            }
            Some(_) => {}
            None => return refuse("a row has no label".to_owned(), "leave such rows out".to_owned()),
        }
    }
    used.sort_unstable();
    if !used.iter().any(|name| *name == benign) {
        let list: Vec<&str> = used.iter().take(12).map(|n| n.as_str()).collect();
        return refuse(
            format!("no row is labelled `{benign}`"),
            format!("say which label is benign; there are {}", list.join(", ")),
        );
    }
    let mut classes = vec![benign.to_owned()];
    classes.extend(used.into_iter().filter(|name| *name != benign).cloned());
    let class: Vec<u8> =
        names.iter().map(|name| classes.iter().position(|c| c == name).unwrap_or_default() as u8).collect();
    Ok((classes, codes.iter().map(|&code| class[code as usize]).collect()))
}

fn importances(members: &Members, encoder: &Encoder) -> Vec<(String, f32)> {
    let Some(forest) = &members.forest else { return Vec::new() };
    let mut all: Vec<(String, f32)> =
        forest.importances().iter().enumerate().map(|(j, &i)| (encoder.name(j).to_owned(), i)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(10);
    all
}

#[cfg(test)]
mod tests {
    use super::super::example::{example, frame};
    use super::*;

    fn fit(kind: DetectorKind, seed: u64) -> TableDetector {
        let (a, b, codes, names) = example(1500, seed);
        TableParams::new(kind).fit(&frame(&a, &b), Some((&codes, &names)), "normal", seed).unwrap()
    }

    #[test]
    fn every_kind_keeps_its_false_positive_rate_on_fresh_rows_and_finds_attacks() {
        let (a, b, codes, _) = example(6000, 77);
        for (kind, least) in
            [(DetectorKind::Forest, 0.8), (DetectorKind::IForest, 0.3), (DetectorKind::Fused, 0.8)]
        {
            let detector = fit(kind, 1);
            let scores = detector
                .score_all(detector.encoder().encode(&frame(&a, &b), &mut Oddities::default()).view());
            let share = |malicious: bool| {
                let of: Vec<bool> = scores
                    .iter()
                    .zip(&codes)
                    .filter(|(_, c)| (**c > 0) == malicious)
                    .map(|(s, _)| s.alarm)
                    .collect();
                of.iter().filter(|&&alarm| alarm).count() as f64 / of.len() as f64
            };
            assert!(share(false) < 0.025, "{kind:?}: {} false alarms", share(false));
            assert!(share(true) > least, "{kind:?}: {} found", share(true));
            assert!(detector.report().recall.unwrap() > least - 0.1);
        }
    }

    #[test]
    fn the_fit_does_not_depend_on_the_number_of_threads() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(DetectorKind::Fused, 2))
        };
        assert!(with(1) == with(3));
    }

    #[test]
    fn an_isolation_forest_that_knows_nothing_does_little_harm() {
        // Two kinds of attack that lie amid what is usual, but on a grid of their own.
        let stream = mats_core::random::Stream::new(4, 4, 4);
        let table = |seed: u64| {
            let (mut a, mut b, mut codes) = (vec![], vec![], vec![]);
            for i in 0..4000 {
                let (x, y, draw) =
                    (stream.unit(seed + 3 * i), stream.unit(seed + 3 * i + 1), stream.unit(seed + 3 * i + 2));
                let class = if draw < 0.05 { 1 } else { u32::from(draw < 0.1) * 2 };
                a.push(if class == 1 { 0.5 + 0.004 * x } else { x });
                b.push(if class == 2 { 0.5 + 0.004 * y } else { y });
                codes.push(class);
            }
            (a, b, codes)
        };
        let (a, b, codes) = table(0);
        let names = ["normal", "flood", "scan"].map(str::to_owned);
        let (x, y, truth) = table(1_000_000);
        for nominal in [0.01, 0.05] {
            let params = TableParams { nominal, ..TableParams::new(DetectorKind::Fused) };
            let detector = params.fit(&frame(&a, &b), Some((&codes, &names)), "normal", 1).unwrap();
            let scores = detector
                .score_all(detector.encoder().encode(&frame(&x, &y), &mut Oddities::default()).view());
            let recall = |of: &dyn Fn(&crate::tabular::TableScore) -> f32| {
                let mut benign: Vec<f32> =
                    scores.iter().zip(&truth).filter(|s| *s.1 == 0).map(|s| of(s.0)).collect();
                benign.sort_unstable_by(f32::total_cmp);
                let threshold = crate::tabular::threshold(&benign, 0.01);
                let bad: Vec<f32> = scores.iter().zip(&truth).filter(|s| *s.1 > 0).map(|s| of(s.0)).collect();
                bad.iter().filter(|&&s| s >= threshold).count() as f64 / bad.len() as f64
            };
            let (fused, forest) = (recall(&|s| s.score), recall(&|s| s.forest.unwrap()));
            assert!(forest > 0.5 && fused > forest - 0.12, "{nominal}: {fused} against {forest}");
        }
    }

    #[test]
    fn classes_are_named_and_unlabelled_tables_do_for_isolation_forests() {
        let detector = fit(DetectorKind::Forest, 3);
        assert_eq!(detector.classes(), ["normal", "flood", "scan"]);
        let mut scorer = detector.scorer();
        assert_eq!(scorer.score(&[2.5, 0.5]).class, Some(1));
        assert_eq!(scorer.score(&[0.5, 1.3]).class, Some(2));
        let (a, b, ..) = example(500, 3);
        let plain = TableParams::new(DetectorKind::IForest).fit(&frame(&a, &b), None, "normal", 1).unwrap();
        assert_eq!(plain.scorer().score(&[0.5, 0.5]).probability, None);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_with_advice() {
        let (a, b, codes, names) = example(50, 1);
        let fit = |kind, labels, benign: &str| {
            TableParams::new(kind).fit(&frame(&a, &b), labels, benign, 1).unwrap_err().to_string()
        };
        let labels = Some((codes.as_slice(), names.as_slice()));
        assert!(fit(DetectorKind::Forest, labels, "fine").contains("there are flood, normal, scan"));
        assert!(fit(DetectorKind::Fused, None, "normal").contains("name the label column"));
        let empty =
            TableParams::new(DetectorKind::IForest).fit(&Frame::default(), None, "normal", 1).unwrap_err();
        assert!(empty.to_string().contains("no rows"), "{empty}");
    }
}
