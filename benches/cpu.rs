//! Processor time beside criterion's: others' work on a shared machine lengthens the time of day, not this.

/// Seconds that all threads of this process have had of processors so far; `None` where the system does not tell.
pub fn seconds() -> Option<f64> {
    // Ticks of a hundredth of a second, which Linux promises to programs (proc(5), sysconf(3)).
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// Does some work again and again for two seconds of processor time, and prints how much of it a second does. `work` returns how many
/// `what` it did. Says nothing where the system does not tell, or where benches are only tried.
pub fn print_rate(name: &str, what: &str, mut work: impl FnMut() -> u64) {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let Some(start) = seconds() else { return };
    let (mut done, mut took) = (0, 0.0);
    while took < 2.0 {
        done += work();
        took = seconds().unwrap_or(start) - start;
    }
    let rate = done as f64 / took;
    let digits = if rate < 10.0 { 2 } else { 0 };
    eprintln!("{name}: {rate:.digits$} {what} in a second of processor time");
}
