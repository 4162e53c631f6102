"use strict";
// The line above a pane: which view it shows, and the way to others.

class Heading {
  constructor(pane, app) {
    this.pane = pane;
    this.app = app;
    const button = (label, title, distance) => {
      const element = make("button", { title, tabindex: -1 }, label);
      element.addEventListener("click", () => {
        app.activate(pane);
        app.stepView(distance);
      });
      return element;
    };
    this.choice = make("select", { "aria-label": `What the ${pane.side} pane shows` });
    this.facts = make("span", { class: "facts" });
    this.choice.addEventListener("change", () => {
      app.show(pane, app.findView(this.choice.value));
      this.choice.blur();
    });
    pane.heading.append(button("‹", "The step before ([)", -1), this.choice, button("›", "The step after (])", 1), this.facts);
    pane.onShown = () => this.refresh();
  }

  refresh() {
    const { view } = this.pane;
    if (!view) return;
    if (!this.choice.options.length)
      for (const { id, title } of this.app.inspection.views) this.choice.append(make("option", { value: id }, title));
    this.choice.value = view.id;
    this.facts.replaceChildren(...(this.pane.facts ?? (view.picture ? [] : [`${formatCount(view.rows.length)} lines`])));
  }
}
