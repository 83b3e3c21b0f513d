//! "Did you mean": the known name nearest to a wrong one.

/// Names listed in a message at most: beside a suggestion, and without one.
const MAX_LISTED: (usize, usize) = (12, 60);

/// A name as it is quoted in a message; long ones are cut.
pub fn quote(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((at, _)) => format!("`{}…`", &name[..at]),
        None => format!("`{name}`"),
    }
}

/// The nearest known name, if one is near.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > 200 {
        return None;
    }
    let lower = wrong.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::jaro_winkler(&lower, &k.to_lowercase()), k))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|&(score, _)| score > 0.8)
        .map(|(_, k)| k)
}

/// What would have been right instead of a wrong name.
pub fn instead<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let mut help = String::new();
    let mut most = MAX_LISTED.1;
    if let Some(near) = nearest(wrong, known.clone()) {
        most = MAX_LISTED.0;
        help = format!("did you mean {}? ", quote(near));
    }
    let total = known.clone().into_iter().count();
    let listed: Vec<String> = known.into_iter().take(most).map(quote).collect();
    let listed = match (total, total - listed.len()) {
        (0, _) => "there are none".to_owned(),
        (_, 0) => format!("known: {}", listed.join(", ")),
        (_, more) => format!("known: {} and {more} more", listed.join(", ")),
    };
    help + &listed
}
