//! What a person types behind `/`: a piece of text, `!` for the inverse, and typed terms (`ready=false`).

/// A filter, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
}

/// Why a text is no filter: the column and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FilterError {
    /// What is wrong and what is allowed.
    pub what: String,
}

impl Filter {
    /// Reads what was typed. Empty text is no filter.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let text = text.trim();
        Ok((!text.is_empty()).then(|| Self {
            text: text.to_owned(),
        }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a row matches. `now` is for ages.
    pub fn matches(
        &self,
        row: &crate::row::Row,
        verdict: &crate::health::Verdict,
        now: jiff::Timestamp,
    ) -> bool {
        let _ = (verdict, now);
        row.facts.object.name.contains(&self.text)
    }

    /// Whether a piece of text (a management cluster's name) matches.
    pub fn matches_text(&self, text: &str) -> bool {
        text.contains(&self.text)
    }
}
