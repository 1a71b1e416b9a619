package coapbridge.interop;

import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** One result: a word, then {@code name=value} pairs, values in URL encoding so that a line splits at its spaces. */
final class Line {

	private static final PrintStream OUT = System.out;

	private final StringBuilder text;

	Line(String word) {
		text = new StringBuilder(word);
	}

	Line with(String name, Object value) {
		String plain = value == null ? "" : value.toString();
		text.append(' ').append(name).append('=').append(URLEncoder.encode(plain, StandardCharsets.UTF_8));
		return this;
	}

	void print() {
		synchronized (OUT) {
			OUT.println(text);
			OUT.flush();
		}
	}
}
