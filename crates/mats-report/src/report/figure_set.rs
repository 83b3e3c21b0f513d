//! Figures and their values, gathered while the page is written.

use crate::chart::{Chart, DrawError, Drawing, Layout};
use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value, json};

/// The figures so far.
#[derive(Debug)]
pub struct FigureSet {
    /// Folder of the files, as seen from the page.
    place: String,
    /// Start of all names, where there are several runs.
    prefix: String,
    files: Vec<(String, String)>,
    data: Map<String, Value>,
}

impl FigureSet {
    /// An empty set.
    pub fn new(place: &str) -> FigureSet {
        FigureSet { place: place.to_owned(), prefix: String::new(), files: Vec::new(), data: Map::new() }
    }

    /// Sets how names begin from now on.
    pub fn enter(&mut self, prefix: String) {
        self.prefix = prefix;
    }

    /// A name that no other run has.
    pub fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Draws a figure: in both formats for the page, as a file for papers.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn figure(
        &mut self,
        name: &str,
        title: &str,
        chart: &impl Chart,
        caption: &Markup,
    ) -> Result<Markup, DrawError> {
        let name = self.id(&slug(name));
        let wide = chart.draw(Layout::Wide)?;
        let narrow = chart.draw(Layout::Narrow)?;
        let marks = |drawing: &Drawing| -> Value {
            drawing.marks.iter().map(|m| json!([m.at.0, m.at.1, m.group, m.text])).collect()
        };
        self.data.insert(name.clone(), json!({ "wide": marks(&wide), "narrow": marks(&narrow) }));
        let file = format!("{name}.svg");
        let drawing = |format: &str, drawing: &Drawing| {
            let svg = inline(&drawing.svg);
            html! {
                div class={ "drawing " (format) } data-figure=(name) data-format=(format) tabindex="0"
                    role="img" aria-label={ (title) ". Arrow keys tell its values." } { (PreEscaped(svg)) }
            }
        };
        let markup = html! {
            figure {
                h3 { (title) }
                (drawing("wide", &wide))
                (drawing("narrow", &narrow))
                figcaption { (caption) " " span.dim { "File: " code { (self.place) "/" (file) } } }
            }
        };
        self.files.push((file, wide.svg));
        Ok(markup)
    }

    /// All values, for the page's script.
    pub fn data(&self) -> String {
        Value::Object(self.data.clone()).to_string()
    }

    /// Names and contents of the files.
    pub fn into_files(self) -> Vec<(String, String)> {
        self.files
    }
}

/// The drawing as a part of a page, where it takes the size that the page gives it.
fn inline(svg: &str) -> String {
    let (head, rest) = svg.split_once('>').unwrap_or((svg, ""));
    let view = head.split_once("viewBox=\"").and_then(|(_, v)| v.split_once('"')).map_or("", |v| v.0);
    format!("<svg viewBox=\"{view}\" aria-hidden=\"true\">{rest}")
}

/// A name as files may have it.
fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_their_folder() {
        assert_eq!(slug("actions table:../../x<script>.toml"), "actions-table-------x-script--toml");
        assert_eq!(slug("score"), "score");
    }

    #[test]
    fn inline_drawings_name_no_address_and_no_size() {
        let svg =
            "<svg width=\"7\" height=\"4\" viewBox=\"0 0 28 16\" xmlns=\"http://www.w3.org/2000/svg\">\n<g/>";
        assert_eq!(inline(svg), "<svg viewBox=\"0 0 28 16\" aria-hidden=\"true\">\n<g/>");
    }
}
