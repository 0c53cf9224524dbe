// A picture that is wider than the page begins in its middle, where the first state is.
for (const picture of document.querySelectorAll(".picture")) {
  picture.scrollLeft = (picture.scrollWidth - picture.clientWidth) / 2;
}
