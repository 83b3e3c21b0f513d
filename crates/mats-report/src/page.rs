//! What all pages have in common. Everything stands in one file: no script, style, font or picture is fetched.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Colours (light and dark), type and layout, for screens of 390 px and up, and for paper.
const STYLE: &str = include_str!("page/style.css");

/// A whole page. `script` is this project's own code, put in as it stands; texts from files belong in `body`, where
/// they are escaped, or in `data`, which the script finds as JSON in `#data`.
pub fn page(title: &str, body: &Markup, data: Option<&str>, script: &str) -> String {
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Nothing may be fetched, whatever a text from a file may try.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                @if let Some(data) = data {
                    script type="application/json" id="data" { (PreEscaped(within_script(data))) }
                }
                @if !script.is_empty() {
                    script { (PreEscaped(script)) }
                }
            }
        }
    };
    html.into_string()
}

/// JSON that cannot end the element it stands in: `<` is written as JSON lets it be.
fn within_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_become_markup() {
        let hostile = "</script><script>alert(1)</script>";
        let json = format!("{{\"name\":\"{hostile}\"}}");
        let page = page(hostile, &html! { h1 { (hostile) } }, Some(&json), "");
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert_eq!(page.matches("</script").count(), 1, "{page}");
    }

    #[test]
    fn nothing_is_fetched() {
        let page = page("x", &html! {}, None, "");
        assert!(
            !page.contains("src=")
                && !page.contains("href=")
                && !page.contains("url(")
                && !page.contains("http:"),
            "{page}"
        );
    }
}
