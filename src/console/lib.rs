//! The screen: state, messages, effects, keymap, theme, widgets and the loop.
