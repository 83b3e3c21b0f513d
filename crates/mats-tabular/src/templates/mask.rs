/// A word with what varies from line to line taken out: numbers, addresses, hexadecimal, paths' numbers.
pub(super) fn masked(word: &str) -> String {
    let core = word.trim_matches(|c: char| "[](){}<>,;:\"'=".contains(c));
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = core.len() >= 4 && digits > 0 && core.bytes().all(|b| b.is_ascii_hexdigit());
    let is_number = digits > 0
        && core.bytes().all(|b| b.is_ascii_digit() || b".,:/-+%x_".contains(&b))
        && core.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-' || b == b'+');
    if !core.is_empty() && (is_hex || is_number) {
        return word.replacen(core, super::BLANK, 1);
    }
    // Digits within brackets: a process's or a thread's number.
    match (word.find('['), word.rfind(']')) {
        (Some(from), Some(to)) if from < to && word[from + 1..to].bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}[{}]{}", &word[..from], super::BLANK, &word[to + 1..])
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn numbers_addresses_and_ids_are_masked_and_words_are_not() {
        for (word, expected) in [
            ("22", "<*>"),
            ("10.0.0.1", "<*>"),
            ("10.0.0.1:80,", "<*>,"),
            ("sshd[24200]:", "sshd[<*>]:"),
            ("deadbeef01", "<*>"),
            ("06:55:46", "<*>"),
            ("root", "root"),
            ("ssh2", "ssh2"),
            ("dead", "dead"),
            ("", ""),
            ("[preauth]", "[preauth]"),
            ("][", "]["),
        ] {
            assert_eq!(masked(word), expected, "{word}");
        }
    }
}
