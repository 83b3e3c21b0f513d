//! Vulnerabilities in the shape of CISA's catalogue of known exploited vulnerabilities
//! (<https://www.cisa.gov/known-exploited-vulnerabilities-catalog>, CC0): one JSON object with `title`,
//! `catalogVersion`, `dateReleased`, `count` and `vulnerabilities`.

use crate::clock::Epoch;
use crate::error::DataError;
use crate::feed::Vulnerability;
use mats_core::SimTime;
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Catalog<'a> {
    title: &'static str,
    #[serde(rename = "catalogVersion")]
    version: String,
    date_released: String,
    count: usize,
    vulnerabilities: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(rename = "cveID")]
    cve_id: &'a str,
    vendor_project: &'a str,
    product: String,
    vulnerability_name: String,
    date_added: &'a str,
    short_description: String,
    required_action: &'static str,
    due_date: &'a str,
    known_ransomware_campaign_use: &'static str,
    notes: String,
    cwes: &'static [&'static str],
}

/// One entry of CISA's catalogue: CVE, vendor, product, what is wrong, date added, due date, weaknesses, ransomware.
type Known = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

/// Entries of the catalogue that scenarios refer to; of 25 August 2025.
const KNOWN: [Known; 9] = [
    ("CVE-2017-0144", "Microsoft", "SMBv1", "Remote Code Execution", "2022-02-10", &["CWE-20"]),
    (
        "CVE-2019-0708",
        "Microsoft",
        "Remote Desktop Services",
        "Remote Code Execution",
        "2021-11-03",
        &["CWE-416"],
    ),
    ("CVE-2020-1472", "Microsoft", "Netlogon", "Privilege Escalation", "2021-11-03", &["CWE-330"]),
    ("CVE-2021-26855", "Microsoft", "Exchange Server", "Remote Code Execution", "2021-11-03", &["CWE-918"]),
    (
        "CVE-2021-34527",
        "Microsoft",
        "Windows Print Spooler",
        "Remote Code Execution",
        "2021-11-03",
        &["CWE-269"],
    ),
    (
        "CVE-2021-44228",
        "Apache",
        "Log4j2",
        "Remote Code Execution",
        "2021-12-10",
        &["CWE-20", "CWE-400", "CWE-502"],
    ),
    (
        "CVE-2022-26134",
        "Atlassian",
        "Confluence Server/Data Center",
        "Remote Code Execution",
        "2022-06-02",
        &["CWE-917"],
    ),
    ("CVE-2023-34362", "Progress", "MOVEit Transfer", "SQL Injection", "2023-06-02", &["CWE-89"]),
    ("CVE-2023-46604", "Apache", "ActiveMQ", "Deserialization of Untrusted Data", "2023-11-02", &["CWE-502"]),
];

/// Writes the catalogue of a scenario's vulnerabilities, as it was when the episode began.
///
/// # Errors
/// When writing fails.
pub fn write(
    mut out: impl Write,
    file: &str,
    vulnerabilities: &[Vulnerability],
    epoch: Epoch,
) -> Result<(), DataError> {
    let start = epoch.stamp(SimTime::ZERO);
    let entry = |v: &'static Known, id| (id, v.1, v.2.to_owned(), v.3, v.4, v.5, "Known");
    let entries = vulnerabilities.iter().map(|vulnerability| {
        let id = vulnerability.id.as_str();
        let (cve_id, vendor_project, product, what, date_added, cwes, ransomware) =
            match KNOWN.iter().find(|known| known.0 == id) {
                Some(known) => entry(known, id),
                None => (id, "Unknown", format!("{} service", vulnerability.service), "Unspecified", start.day(), [].as_slice(), "Unknown"),
            };
        Entry {
            cve_id,
            vendor_project,
            vulnerability_name: format!("{vendor_project} {product} {what} Vulnerability"),
            short_description: format!("{vendor_project} {product} contains a vulnerability: {}.", what.to_lowercase()),
            product,
            date_added,
            required_action: "Apply mitigations per vendor instructions or discontinue use of the product if mitigations are unavailable.",
            due_date: start.day(),
            known_ransomware_campaign_use: ransomware,
            notes: format!("https://nvd.nist.gov/vuln/detail/{id}"),
            cwes,
        }
    });
    let catalog = Catalog {
        title: "MATS Catalog of Known Exploited Vulnerabilities",
        version: start.day().replace('-', "."),
        date_released: format!("{}Z", start.millis()),
        count: vulnerabilities.len(),
        vulnerabilities: entries.collect(),
    };
    serde_json::to_writer_pretty(&mut out, &catalog)
        .map_err(std::io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(|source| DataError::io(file, source))
}
