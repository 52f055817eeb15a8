"use strict";

const calls = [...document.querySelectorAll(".call")].filter((call) => call.querySelector("audio"));
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

// A link to a call, and a page on paper, show what is folded.
const unfold = (name) => {
  const folded = document.getElementById(name)?.querySelector("details");
  if (folded) folded.open = true;
};
for (const link of document.querySelectorAll("a[href^='#']"))
  link.addEventListener("click", () => unfold(link.hash.slice(1)));
unfold(location.hash.slice(1));
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    addEventListener("afterprint", () => (folded.open = false), { once: true });
  }
});

for (const call of calls) {
  const audio = call.querySelector("audio");
  const button = call.querySelector(".play");
  const scrub = call.querySelector(".scrub");
  const playhead = call.querySelector(".playhead");
  const stage = call.querySelector(".stage");
  const time = call.querySelector(".time");
  const length = Number(call.dataset.length);
  const turns = [...call.querySelectorAll("[data-until]")];

  const show = () => {
    const at = audio.currentTime;
    playhead.style.left = `${Math.min(100, (100 * at) / length)}%`;
    scrub.value = at;
    scrub.setAttribute("aria-valuetext", `${at.toFixed(1)} seconds`);
    time.textContent = `${clock(at)} / ${clock(length)}`;
    for (const turn of turns) {
      const now = at >= turn.dataset.at - 0.01 && at < turn.dataset.until && call.dataset.begun;
      turn.classList.toggle("now", Boolean(now));
    }
  };
  const follow = () => {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  };
  const seek = (at) => {
    call.dataset.begun = "yes";
    audio.currentTime = Math.max(0, Math.min(at, length));
    show();
  };
  const play = () => {
    for (const other of calls) if (other !== call) other.querySelector("audio").pause();
    call.dataset.begun = "yes";
    audio.play().catch(() => {});
  };

  button.addEventListener("click", () => (audio.paused ? play() : audio.pause()));
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  for (const part of call.querySelectorAll("button[data-at]")) {
    part.addEventListener("click", (event) => {
      event.stopPropagation();
      seek(Number(part.dataset.at));
      play();
    });
  }
  stage.addEventListener("click", (event) => {
    const box = stage.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * length);
  });

  // On the time axis the Tab key stops once; the arrow keys go from turn to turn.
  const marks = [...stage.querySelectorAll("button")].sort((a, b) => a.dataset.at - b.dataset.at);
  const reach = (mark) => marks.forEach((each) => (each.tabIndex = each === mark ? 0 : -1));
  if (marks.length) reach(marks[0]);
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = marks[marks.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    reach(next);
    next.focus();
  });

  audio.addEventListener("play", () => {
    button.setAttribute("aria-label", `Pause ${call.dataset.name}`);
    call.classList.add("playing");
    follow();
  });
  audio.addEventListener("pause", () => {
    button.setAttribute("aria-label", `Play ${call.dataset.name}`);
    call.classList.remove("playing");
    show();
  });
  audio.addEventListener("seeked", show);
  audio.addEventListener("error", () => {
    time.textContent = "This browser cannot play the recording.";
  });

  audio.controls = false;
  call.querySelector(".controls").hidden = false;
  scrub.hidden = false;
  show();
}
