package coapbridge.interop;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The words of a command line: {@code --name value}, each name once. */
final class CommandLine {

	private final Map<String, String> values = new HashMap<>();

	CommandLine(String[] words, Set<String> names) {
		for (int i = 0; i < words.length; i += 2) {
			String name = words[i].startsWith("--") ? words[i].substring(2) : "";
			if (!names.contains(name) || i + 1 == words.length) {
				throw new IllegalArgumentException("not understood: " + words[i]);
			}
			values.put(name, words[i + 1]);
		}
	}

	/** Lets an exception of the main thread end the program: Californium's own threads would keep it alive. */
	static void endOnFailure() {
		Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {
			failure.printStackTrace();
			System.exit(1);
		});
	}

	boolean has(String name) {
		return values.containsKey(name);
	}

	String get(String name) {
		if (!has(name)) {
			throw new IllegalArgumentException("missing: --" + name);
		}
		return values.get(name);
	}

	String get(String name, String ifMissing) {
		return values.getOrDefault(name, ifMissing);
	}

	int number(String name, int ifMissing) {
		return has(name) ? Integer.parseInt(get(name)) : ifMissing;
	}
}
