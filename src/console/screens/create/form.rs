//! The questions: which one the cursor is on, what is typed, and what becomes of the answers.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::create::{Field, Form, Grade, Input, Remark, proposed_version, read_back, written};

use super::refusal;
use super::state::{ABOUT_ROWS, Ground, Phase, State};
use super::suggest::suggestions;
use crate::chord::Chord;
use crate::line_input::LineInput;
use crate::yaml::text::{Text, Wrong, read};

impl State {
    /// Begins to ask. What the fleet answers best is there already.
    pub(super) fn begin(&mut self, mut form: Form, ground: Ground<'_>) {
        if form.makes_secrets() {
            let what = format!(
                "{} makes Secrets, which are nothing for a screen: fleetui create cluster creates it",
                form.flavour.name
            );
            self.phase = Phase::Choosing;
            return self.say(&what);
        }
        form.reserve(&self.unfinished);
        form.settle(&ground.around());
        if form.answered(Input::Version).is_empty()
            && let Some(likely) = proposed_version(&form, &ground.around())
        {
            form.answer("KUBERNETES_VERSION", &likely.to_string());
        }
        self.management_cluster = form.management_cluster.clone();
        let name = form.fields.iter().position(|field| field.input == Input::Name);
        // No two are begun in the same moment by one person.
        self.draft = format!("{:x}", ground.now.as_nanosecond());
        self.form = Some(form);
        self.note = None;
        self.edited = None;
        self.phase = Phase::Form;
        self.go_to(name.map_or(0, |at| at + 1), ground);
        self.check(ground);
    }

    /// Brings what is known of others by now into the questions.
    pub(super) fn settle(&mut self, ground: Ground<'_>) {
        if let Some(form) = &mut self.form {
            form.reserve(&self.unfinished);
            form.settle(&ground.around());
            self.check(ground);
        }
    }

    /// The question under the cursor; none where that is on the management cluster.
    pub fn field(&self) -> Option<&Field> {
        let form = self.form.as_ref()?;
        self.at.checked_sub(1).and_then(|at| form.fields.get(at))
    }

    /// How many questions there are, with the management cluster.
    pub fn questions(&self) -> usize {
        self.form.as_ref().map_or(0, |form| form.fields.len() + 1)
    }

    /// Puts the cursor on a question.
    pub(super) fn go_to(&mut self, at: usize, ground: Ground<'_>) {
        self.at = at.min(self.questions().saturating_sub(1));
        let answer = self.field().map(|field| field.answer.clone());
        self.line = LineInput::selected(&answer.unwrap_or_default());
        self.suggest(ground);
    }

    pub(super) fn step(&mut self, forward: bool, ground: Ground<'_>) {
        // What was said is of the question that is left.
        self.note = None;
        let count = self.questions().max(1);
        let at = if forward { self.at + 1 } else { self.at + count - 1 };
        self.go_to(at % count, ground);
    }

    /// Goes on or back by a page, and no farther than to the last or the first question.
    pub(super) fn leaf(&mut self, forward: bool, ground: Ground<'_>) {
        self.note = None;
        let page = usize::from(self.size.1.saturating_sub(ABOUT_ROWS)).max(1);
        let at = if forward {
            self.at.saturating_add(page)
        } else {
            self.at.saturating_sub(page)
        };
        self.go_to(at, ground);
    }

    pub(super) fn suggest(&mut self, ground: Ground<'_>) {
        self.suggestions = self
            .form
            .as_ref()
            .map(|form| suggestions(form, self.at, ground))
            .unwrap_or_default();
    }

    /// Types a chord into the answer.
    pub(super) fn type_answer(&mut self, chord: Chord, ground: Ground<'_>) {
        if self.field().is_none() {
            if chord.typed().is_some() {
                self.say("the management cluster is chosen, not typed");
            }
            return;
        }
        if self.line.type_chord(chord) {
            let typed = self.line.text().to_owned();
            self.answer(&typed, ground);
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, ground: Ground<'_>) {
        if matches!(self.phase, Phase::Form) && self.field().is_some() {
            self.line.paste(text);
            let typed = self.line.text().to_owned();
            self.answer(&typed, ground);
        } else if matches!(self.phase, Phase::Yaml) {
            self.text.paste(text);
            self.look_at_text();
        }
    }

    /// Takes the next of what may be answered.
    pub(super) fn choose(&mut self, forward: bool, ground: Ground<'_>) {
        let count = self.suggestions.len();
        if count == 0 {
            return self.say("nothing is known that could be answered here; type it");
        }
        let current = match (self.field(), &self.form) {
            (Some(field), _) => field.value().to_owned(),
            (None, Some(form)) => form.management_cluster.to_string(),
            (None, None) => String::new(),
        };
        let at = self.suggestions.iter().position(|known| *known == current);
        let next = match at {
            Some(at) if forward => (at + 1) % count,
            Some(at) => (at + count - 1) % count,
            None => 0,
        };
        let Some(chosen) = self.suggestions.get(next).cloned() else {
            return;
        };
        if self.field().is_some() {
            self.line = LineInput::selected(&chosen);
            return self.answer(&chosen, ground);
        }
        if let Some(form) = &mut self.form {
            form.management_cluster = ManagementCluster::new(&chosen);
            form.settle(&ground.around());
        }
        self.management_cluster = ManagementCluster::new(&chosen);
        self.changed(ground);
    }

    fn answer(&mut self, answer: &str, ground: Ground<'_>) {
        let variable = self.field().map(|field| field.variable.clone());
        if let (Some(variable), Some(form)) = (variable, &mut self.form) {
            form.answer(&variable, answer);
            form.settle(&ground.around());
        }
        self.changed(ground);
    }

    fn changed(&mut self, ground: Ground<'_>) {
        self.note = None;
        self.unkept = true;
        self.now = ground.now;
        self.check(ground);
    }

    /// Looks what is wrong with the answers.
    pub(super) fn check(&mut self, ground: Ground<'_>) {
        self.remarks = self
            .form
            .as_ref()
            .map(|form| form.remarks_with(self.edited.as_ref(), &ground.around()))
            .unwrap_or_default();
        self.remark_namespace();
    }

    /// What is said of a question: what stands in the way first.
    pub fn remark(&self, variable: &str) -> Option<&Remark> {
        self.remarks
            .iter()
            .find(|remark| remark.variable.as_deref() == Some(variable))
    }

    /// What stands in the way first, as the questions are asked, and which question it is about; before them what is about all of it.
    pub(super) fn first_wrong(&self) -> Option<(Option<usize>, &Remark)> {
        let fields = self.form.as_ref().map_or(&[][..], |form| &form.fields);
        let at = |remark: &Remark| {
            let variable = remark.variable.as_deref()?;
            fields.iter().position(|field| field.variable == variable)
        };
        let wrong = self.wrong().map(|remark| (at(remark), remark));
        wrong.min_by_key(|(at, _)| *at)
    }

    /// What stands in the way.
    pub fn wrong(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.grade == Grade::Wrong)
    }

    /// The objects as they would be created.
    pub(super) fn objects(&self) -> Option<Vec<serde_json::Value>> {
        let made = self.form.as_ref()?.objects().ok()?;
        Some(match &self.edited {
            Some(edited) => edited.over(&made),
            None => made,
        })
    }

    /// Shows the objects as text, to be edited.
    pub(super) fn turn_into_yaml(&mut self, ground: Ground<'_>) {
        let Some(objects) = self.objects() else {
            self.check(ground);
            let first = self.first_wrong().map(|(_, remark)| remark.what.clone());
            let what = first.unwrap_or_else(|| "the answers make no objects".to_owned());
            return self.say(&format!("there is no YAML of it yet: {what}"));
        };
        self.text = Text::new(&written(&objects), self.room());
        self.note = None;
        self.drops_text = false;
        self.phase = Phase::Yaml;
    }

    /// Shows what a server refuses of a text that says more than the answers where it stands there; in the form where it is none of it.
    pub(super) fn blame_text(&mut self, refusal: Shown, ground: Ground<'_>) {
        let Some(objects) = self.objects() else { return };
        let text = Text::new(&written(&objects), self.room());
        let Some(line) = refusal::line(text.lines(), refusal.as_str()) else {
            return;
        };
        self.turn_into_yaml(ground);
        self.text.wrong = vec![Wrong {
            line,
            what: refusal.clone(),
        }];
        self.text.go_to(line);
        self.note = Some((true, refusal));
    }

    /// Takes the text for the answers; says whether it could be read.
    pub(super) fn turn_into_form(&mut self, ground: Ground<'_>) -> bool {
        let text = self.text.whole();
        let Some(form) = &mut self.form else { return false };
        match read_back(form, &text) {
            Ok(edited) => {
                form.settle(&ground.around());
                self.edited = edited;
                self.phase = Phase::Form;
                self.go_to(self.at, ground);
                self.changed(ground);
                true
            }
            Err(remark) => {
                self.look_at_text();
                if let Some(wrong) = self.text.wrong.first() {
                    let line = wrong.line;
                    self.text.go_to(line);
                }
                self.say(&remark.what);
                false
            }
        }
    }

    /// Goes back to the questions. A text that cannot be read goes once that was asked for twice: what was read last counts then.
    pub(super) fn leave_text(&mut self, ground: Ground<'_>) {
        let is_meant = self.drops_text;
        if self.turn_into_form(ground) {
            return;
        }
        if is_meant {
            self.phase = Phase::Form;
            self.go_to(self.at, ground);
            self.changed(ground);
            self.note = Some((false, Shown::ours("the text that could not be read is dropped")));
            return;
        }
        self.drops_text = true;
        let wrong = self
            .note
            .take()
            .map(|(_, what)| what.to_string())
            .unwrap_or_default();
        self.say(&format!(
            "once more drops this text and goes back to the form: {wrong}"
        ));
    }

    /// Looks on which line the text is no YAML.
    pub(super) fn look_at_text(&mut self) {
        let whole = self.text.whole();
        let mut wrong = Vec::new();
        let mut first = 0;
        for part in whole.split("\n---\n") {
            if let Err((line, what)) = read(part) {
                wrong.push(Wrong {
                    line: first + line,
                    what,
                });
            }
            first += part.lines().count() + 1;
        }
        self.text.wrong = wrong;
        self.drops_text = false;
        self.unkept = true;
    }
}
