import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.KeyConstraintError;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server over one H2 file: {@code WireServer <file> <port> [<address>]}, on loopback unless an address is
 * given. SIGTERM ends it.
 *
 * Left to itself H2 writes about once a second, and kill -9 loses what it had answered since. Here a write is answered
 * only when it is in the file, and nothing is written in the middle of one; so kill -9 loses nothing that was
 * acknowledged. (The file is not forced to the disk: a power cut may lose what the system had not written.)
 *
 * Left to itself the server keeps unique indexes only, and uses one only for a query that names its fields and nothing
 * else. Here it finds a document by its id whatever else is asked of it, and keeps an index on one field in order: else
 * every compare-and-set and every look for what is due would read the whole collection.
 */
public final class WireServer {
    private static final int RETENTION_MILLIS = 1_000;
    private static final int TIDY_EVERY = 2_000;
    private static final int TIDY_BYTES = 4 << 20;
    private static final int WELL_FILLED_PERCENT = 70;

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.getParent());
        MVStore store = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open();
        store.setRetentionTime(RETENTION_MILLIS);
        MongoServer server = new MongoServer(new Durable(store));
        server.bind(arguments.length > 2 ? arguments[2] : "127.0.0.1", Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }

    private static final class Durable extends H2Backend {
        private static final Set<String> READS = Set.of(
            "aggregate", "buildInfo", "count", "distinct", "endSessions", "find", "getMore", "hello", "isMaster",
            "ismaster", "killCursors", "listCollections", "listDatabases", "listIndexes", "ping");

        private final Object turn = new Object();
        private int writes;

        Durable(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            String command = message.getDocument().keySet().iterator().next();
            if (READS.contains(command)) {
                return super.handleMessage(message);
            }
            synchronized (turn) {
                try {
                    return super.handleMessage(message);
                } finally {
                    commit();
                    if (++writes % TIDY_EVERY == 0) {
                        getMvStore().compact(WELL_FILLED_PERCENT, TIDY_BYTES);
                    }
                }
            }
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new Indexed(name, getMvStore(), getCursorRegistry());
        }
    }

    private static final class Indexed extends H2Database {
        Indexed(String name, MVStore store, CursorRegistry cursors) {
            super(name, store, cursors);
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(String of, String name, List<IndexKey> keys, boolean sparse) {
            Index<Object> unique = super.openOrCreateUniqueIndex(of, name, keys, sparse);
            return keys.size() == 1 ? new Exact(unique, keys, sparse) : unique;
        }

        @Override
        protected Index<Object> openOrCreateSecondaryIndex(String of, String name, List<IndexKey> keys, boolean sparse) {
            return keys.size() == 1 ? new Ordered(name, keys, sparse)
                : super.openOrCreateSecondaryIndex(of, name, keys, sparse);
        }
    }

    /** What a query says of a field, when it is one value: plain, or by {@code $eq}. */
    private static Object valueIn(Document query, String field) {
        Object said = query.get(field);
        return said instanceof Document by && by.keySet().equals(Set.of("$eq")) ? by.get("$eq") : said;
    }

    private static boolean isPlain(Object value) {
        return value instanceof String || value instanceof Number;
    }

    /** A unique index on one field that also serves queries which ask for more beside: the server filters what it finds. */
    private static final class Exact extends Index<Object> {
        private final Index<Object> unique;
        private final String field;

        Exact(Index<Object> unique, List<IndexKey> keys, boolean sparse) {
            super(unique.getName(), keys, sparse);
            this.unique = unique;
            this.field = keys.get(0).getKey();
        }

        @Override
        public boolean canHandle(Document query) {
            return isPlain(valueIn(query, field)) || unique.canHandle(query);
        }

        @Override
        public Iterable<Object> getPositions(Document query) {
            Object value = valueIn(query, field);
            return unique.getPositions(isPlain(value) ? new Document(field, value) : query);
        }

        @Override
        public boolean isUnique() {
            return true;
        }

        @Override
        public Object getPosition(Document document) {
            return unique.getPosition(document);
        }

        @Override
        public void checkAdd(Document document, MongoCollection<Object> collection) {
            unique.checkAdd(document, collection);
        }

        @Override
        public void add(Document document, Object position, MongoCollection<Object> collection) {
            unique.add(document, position, collection);
        }

        @Override
        public Object remove(Document document) {
            return unique.remove(document);
        }

        @Override
        public long getCount() {
            return unique.getCount();
        }

        @Override
        public long getDataSize() {
            return unique.getDataSize();
        }

        @Override
        public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
            unique.checkUpdate(before, after, collection);
        }

        @Override
        public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection)
            throws KeyConstraintError {
            unique.updateInPlace(before, after, position, collection);
        }

        @Override
        public void drop() {
            unique.drop();
        }
    }

    /** An index on one field, in memory and in order, for {@code $lte} and for one value; made anew at each start. */
    private static final class Ordered extends Index<Object> {
        private final String field;
        private final TreeMap<Object, Set<Object>> positions = new TreeMap<>(ValueComparator.asc());

        Ordered(String name, List<IndexKey> keys, boolean sparse) {
            super(name, keys, sparse);
            this.field = keys.get(0).getKey();
        }

        @Override
        public boolean canHandle(Document query) {
            return isPlain(valueIn(query, field)) || isPlain(bound(query));
        }

        @Override
        public synchronized Iterable<Object> getPositions(Document query) {
            Object value = valueIn(query, field);
            if (isPlain(value)) {
                return List.copyOf(positions.getOrDefault(value, Set.of()));
            }
            return positions.headMap(bound(query), true).values().stream().flatMap(Set::stream).toList();
        }

        private Object bound(Document query) {
            return query.get(field) instanceof Document by && by.keySet().equals(Set.of("$lte")) ? by.get("$lte") : null;
        }

        @Override
        public synchronized void add(Document document, Object position, MongoCollection<Object> collection) {
            if (document.get(field) != null) {
                positions.computeIfAbsent(document.get(field), value -> new LinkedHashSet<>()).add(position);
            }
        }

        @Override
        public synchronized void updateInPlace(
            Document before, Document after, Object position, MongoCollection<Object> collection) {
            if (!Objects.equals(before.get(field), after.get(field))) {
                forget(before.get(field), position);
                add(after, position, collection);
            }
        }

        @Override
        public synchronized Object remove(Document document) {
            forget(document.get(field), document.get("_id"));
            return null;
        }

        private void forget(Object value, Object position) {
            Set<Object> there = value == null ? null : positions.get(value);
            if (there != null && there.remove(position) && there.isEmpty()) {
                positions.remove(value);
            }
        }

        @Override
        public synchronized long getCount() {
            return positions.values().stream().mapToLong(Set::size).sum();
        }

        @Override
        public Object getPosition(Document document) {
            return null;
        }

        @Override
        public void checkAdd(Document document, MongoCollection<Object> collection) {
        }

        @Override
        public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
        }

        @Override
        public long getDataSize() {
            return 0;
        }

        @Override
        public void drop() {
        }
    }
}
